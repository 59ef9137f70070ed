import DaemonRuntime
import Glibc

/// What the host forwarded before we made it a router, and between which interfaces it could have: what it did not
/// forward then, it does not forward now (see ``ExitPolicy``). Kept below /run, where it lasts as long as the kernel's
/// own settings do.
struct ForwardingBefore: Hashable {
    let ipv4: Bool
    let ipv6: Bool
    /// There at that time.
    let interfaces: [String]

    init(ipv4: Bool, ipv6: Bool, interfaces: [String]) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.interfaces = interfaces
    }

    var text: String {
        """
        # What this host forwarded before Holdfast did; written by `holdfast-agent exit-policy load`.
        ipv4 = \(ipv4 ? "on" : "off")
        ipv6 = \(ipv6 ? "on" : "off")
        interfaces = \(interfaces.joined(separator: " "))

        """
    }

    /// Nil for anything else than ``text``.
    init?(text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count >= 2, parts[1] == "=" else { return nil }
            values[parts[0]] = parts.count == 3 ? parts[2] : ""
        }
        let switches: [Substring: Bool] = ["on": true, "off": false]
        guard let ipv4 = values["ipv4"].flatMap({ switches[$0] }), let ipv6 = values["ipv6"].flatMap({ switches[$0] }),
            let names = values["interfaces"]
        else { return nil }
        let interfaces = names.split(separator: " ").map(String.init)
        guard interfaces.allSatisfy({ $0.utf8.allSatisfy(ExitPolicy.isPlain) }) else { return nil }
        self.init(ipv4: ipv4, ipv6: ipv6, interfaces: interfaces)
    }
}

/// The file in which ``ForwardingBefore`` is kept.
struct ForwardingMemory {
    /// Empty: nothing is remembered.
    let directory: String
    var forwarding = Forwarding()

    var path: String { directory + "/forwarding-before" }

    /// Nil where nothing is remembered, or nothing that makes sense.
    func recall() -> ForwardingBefore? {
        guard !directory.isEmpty, let bytes = try? DurableFile.read(path, limit_bytes: 1 << 20) else { return nil }
        return ForwardingBefore(text: String(decoding: bytes, as: UTF8.self))
    }

    /// What is remembered, or else what is now, which is remembered from here on.
    ///
    /// - Parameter tunnel: which is ours, whenever it came.
    func recallOrNote(besides tunnel: String) throws(Failure) -> ForwardingBefore {
        if let before = recall() { return before }
        let names = try forwarding.interfaces().filter { name in
            name != tunnel && name != "lo" && name.utf8.allSatisfy(ExitPolicy.isPlain)
        }
        let before = ForwardingBefore(
            ipv4: try forwarding.isOn(.v4) ?? false,
            ipv6: try forwarding.isOn(.v6) ?? false,
            interfaces: names
        )
        guard !directory.isEmpty else { return before }
        mkdir(directory, 0o755)
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in
            try DurableFile.write(Array(before.text.utf8), to: path, mode: 0o644)
        }
        return before
    }

    func forget() {
        unlink(path)
        rmdir(directory)
    }
}
