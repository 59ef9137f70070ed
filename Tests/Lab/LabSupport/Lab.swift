import Foundation

/// A small internet in network namespaces: a coordinator, exit nodes, clients, and a host behind the nodes.
///
/// Two bridges: `internet`, where all meet, and `beyond`, to which only the nodes and the outside host are attached.
/// The lab itself has an address on the first, from which it speaks to the API as an app would.
public final class Lab {
    /// Everything that the lab's processes write, on tmpfs.
    public let directory: String
    public let coordinatorHost: Host
    public let outside: Host
    private var hosts: [String] = []
    private var nodeCount = 0
    private var clientCount = 0
    private var daemons: [Daemon] = []

    /// - Throws: ``LabFailure`` outside `Tests/Lab/kernel/run`: this makes interfaces, and must not on a host in use.
    public init() throws {
        try require(
            ProcessInfo.processInfo.environment["HOLDFAST_LAB"] != nil,
            "not in the lab; run it by Tests/Lab/kernel/run (make demo, make lab)"
        )
        directory = "/run/holdfast-lab-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let own = Host.own
        try own.run("ip", "link", "set", "lo", "up")
        for bridge in ["internet", "beyond"] {
            try own.run("ip", "link", "add", bridge, "type", "bridge")
            try own.run("ip", "link", "set", bridge, "up")
        }
        try own.run("ip", "addr", "add", "\(LabAddresses.internetPrefix)\(LabAddresses.lab)/24", "dev", "internet")
        coordinatorHost = try Self.makeNamespace("coordinator")
        outside = try Self.makeNamespace("outside")
        hosts = ["coordinator", "outside"]
        try attach(coordinatorHost, to: "internet", number: LabAddresses.coordinator)
        try attach(outside, to: "beyond", number: LabAddresses.outside)
    }

    /// A new exit node, reachable on the internet; it forwards what comes from its tunnels once it is enrolled.
    public func makeNode(region: String) throws -> Node {
        nodeCount += 1
        let node = Node(
            lab: self,
            number: LabAddresses.firstNode + nodeCount,
            region: region,
            name: "\(region)-\(nodeCount)"
        )
        try boot(node)
        return node
    }

    /// A namespace as the machine has it after power-on: interfaces up, no tunnel, and the exit policy loaded as its
    /// unit does it, from the enrolment on.
    func boot(_ node: Node) throws {
        let host = try Self.makeNamespace(node.name)
        hosts.append(node.name)
        try attach(host, to: "internet", number: node.number)
        try attach(host, to: "beyond", number: node.number)
        if node.isEnrolled { try node.exitPolicy.load() }
    }

    /// Takes a node's namespace away, with every interface in it.
    func powerOff(_ node: Node) throws {
        try removeNamespace(node.name)
        node.exitPolicy.forget()
    }

    public func makeClient() throws -> Host {
        clientCount += 1
        let name = "client\(clientCount)"
        let host = try Self.makeNamespace(name)
        hosts.append(name)
        try attach(host, to: "internet", number: LabAddresses.firstClient + clientCount)
        return host
    }

    /// Starts a process that `close` ends if nobody else has.
    func start(
        _ name: String,
        on host: Host,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> Daemon {
        let log = "\(directory)/\(name).log"
        let daemon = try host.start(name, arguments, logPath: log, environment: environment)
        daemons.removeAll { !$0.isRunning }
        daemons.append(daemon)
        return daemon
    }

    /// The last lines of every log, for a failure's report.
    public func logTails(lines: Int = 15) -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
        return names.filter { $0.hasSuffix(".log") }
            .map { name in
                let text = (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""
                let tail = text.split(separator: "\n").suffix(lines).map { "    \($0)" }
                return "  \(name):\n" + tail.joined(separator: "\n")
            }
            .joined(separator: "\n")
    }

    /// Ends every process, and removes every interface and file.
    ///
    /// - Throws: ``LabFailure`` that names the processes that stayed although their daemons had been asked to stop.
    public func close() throws {
        for daemon in daemons.reversed() where daemon.isRunning {
            if (try? daemon.terminate()) == nil { daemon.kill() }
        }
        let left = LeftoverProcesses.naming(directory)
        LeftoverProcesses.kill(left)
        for name in hosts { _ = try? Host.own.run("ip", "netns", "del", name) }
        for bridge in ["internet", "beyond"] { try Host.own.run("ip", "link", "del", bridge) }
        removeDirectory()
        let words = left.map { "\($0.pid) \($0.commandLine)" }.joined(separator: "\n")
        try require(left.isEmpty, "still running at the end:\n\(words)")
    }

    /// With the file systems that tests mounted in it.
    private func removeDirectory() {
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[1].hasPrefix(directory) else { continue }
            _ = try? Host.own.run("umount", String(fields[1]))
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func attach(_ host: Host, to bridge: String, number: Int) throws {
        let outer = "\(bridge.prefix(1))-\(host.name)"
        try Host.own.run(
            "ip",
            "link",
            "add",
            outer,
            "type",
            "veth",
            "peer",
            "name",
            bridge,
            "netns",
            host.name
        )
        try Host.own.run("ip", "link", "set", outer, "master", bridge, "up")
        let prefixes =
            bridge == "internet"
            ? (LabAddresses.internetPrefix, LabAddresses.internetPrefix6)
            : (LabAddresses.beyondPrefix, LabAddresses.beyondPrefix6)
        // One process for all three: a lab is made for every test.
        let commands = """
            addr add \(prefixes.0)\(number)/24 dev \(bridge)
            addr add \(prefixes.1)\(number)/64 dev \(bridge) nodad
            link set \(bridge) up

            """
        try host.run("ip", "-batch", "-", input: commands)
    }

    private static func makeNamespace(_ name: String) throws -> Host {
        try Host.own.run("ip", "netns", "add", name)
        let host = Host(namespace: name)
        try host.run("ip", "link", "set", "lo", "up")
        return host
    }

    private func removeNamespace(_ name: String) throws {
        try Host.own.run("ip", "netns", "del", name)
        hosts.removeAll { $0 == name }
        // The kernel takes a namespace's interfaces away a little later than its name.
        for outer in ["i-\(name)", "b-\(name)"] {
            try wait(for: "\(outer) to go", within: .seconds(10)) {
                try Host.own.attempt(["ip", "link", "show", outer]).status != 0
            }
        }
    }
}
