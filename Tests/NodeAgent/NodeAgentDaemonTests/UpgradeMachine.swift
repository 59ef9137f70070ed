import Foundation

/// A machine for the script that installs a version: its files lie in a folder, and apt, dpkg and systemd are stand-ins
/// that read and write what the machine is like. `sleep` lets the machine's own clock go on, thirty times as far, and takes
/// no time.
final class UpgradeMachine {
    struct Outcome {
        /// 128 and the signal's number when a signal ended it.
        let status: Int32
        let output: String
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../packaging/agent/holdfast-agent-upgrade").standardized

    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "holdfast-upgrade-\(UUID())")

    init() throws {
        for name in ["bin", "proc/77", "run/holdfast-agent", "run/upgrade", "state", "etc"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        for (name, text) in Self.standIns {
            try write("bin/\(name)", "#!/bin/sh\ncd \(folder.path)\n\(text)\n")
            try allow(0o755, "bin/\(name)")
        }
        var script = try String(contentsOf: Self.script, encoding: .utf8)
        for (path, place) in [
            ("/run/holdfast-agent-upgrade", "run/upgrade"), ("/run/holdfast-agent", "run/holdfast-agent"),
            ("/var/lib/holdfast-agent-upgrade", "state"), ("/etc/holdfast", "etc"), ("/proc", "proc"),
        ] {
            script = script.replacingOccurrences(of: path, with: folder.appending(path: place).path)
        }
        try write("upgrade", script)
        try write("proc/uptime", "1000.00 1.00\n")
        try write("booted", "1800000000\n")
        try write("installed", "installed 1.0.0")
        try write("program", "1.0.0")
        try write("sources", "1.0.0\n1.1.0\n1.2.0\n")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// What dpkg says, the program that runs, and what was called.
    private static let standIns = [
        "apt-get": """
        echo "apt-get $*" >>calls
        for last; do :; done
        case $* in *' update'*) exit 0 ;; esac
        [ ! -e apt-fails ] || exit 100
        [ ! -e interrupted ] || exit 100
        version=${last#*=}
        if [ -e "hook-$version" ]; then . "./hook-$version"; fi
        printf 'installed %s' "$version" >installed
        printf '%s' "$version" >program
        """,
        "apt-cache": """
        echo "apt-cache $*" >>calls
        while read -r version; do echo "holdfast-agent | $version | file:/repository ./ Packages"; done <sources
        """,
        "dpkg": "echo \"dpkg $*\" >>calls; rm -f interrupted",
        "dpkg-query": """
        read -r status version <installed
        case $* in *Status-Status*) echo "$status $version" ;; *) echo "$version" ;; esac
        """,
        "systemctl": """
        case $* in
        *ActiveState*) if grep -qx "$(cat program)" crashing 2>/dev/null; then echo failed; else echo active; fi ;;
        *NRestarts*) cat restarts 2>/dev/null || echo 0 ;;
        *MainPID*) echo 77 ;;
        *) echo "systemctl $*" >>calls ;;
        esac
        """,
        "holdfast-agent": """
        if grep -qx "$(cat program)" deaf 2>/dev/null; then exit 1; fi
        echo '{"state":"connected"}'
        """,
        // Of the wall: when the machine was booted, and how long it has been up.
        "date": """
        read -r seconds rest <proc/uptime
        echo "$(($(cat booted) + ${seconds%%.*}))"
        """,
        "sleep": """
        read -r seconds rest <proc/uptime
        echo "$((${seconds%%.*} + 30 * $1)).00 1.00" >proc/uptime
        if [ -e hook-sleep ]; then . ./hook-sleep; fi
        """,
    ]

    func write(_ path: String, _ text: String) throws {
        try text.write(to: folder.appending(path: path), atomically: true, encoding: .utf8)
    }

    /// Nil when there is no such file.
    func read(_ path: String) -> String? {
        try? String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(at: folder.appending(path: path))
    }

    func allow(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode],
            ofItemAtPath: folder.appending(path: path).path
        )
    }

    var calls: String { read("calls") ?? "" }
    var installed: String { read("installed") ?? "" }

    /// As the agent writes it.
    func ask(for version: String) throws { try write("run/holdfast-agent/desired-version", version + "\n") }

    /// Runs the script to its end, as the unit does.
    func upgrade() throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [folder.appending(path: "upgrade").path]
        process.environment = ["PATH": "\(folder.path)/bin:/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let wasKilled = process.terminationReason == .uncaughtSignal
        return Outcome(status: process.terminationStatus + (wasKilled ? 128 : 0), output: text)
    }
}
