import Foundation
import LabSupport

/// Another version of the agent, as an operator's repository may hold it, good or bad.
struct AgentRelease {
    let version: String
    let program: String

    /// The version of the build.
    static func running() throws -> String {
        let words = try Host.own.run(Binaries.agent, "version").split(separator: " ")
        return String(try unwrap(words.last, "the agent states no version"))
    }

    /// Links up and serves, but cannot store a change: it sees its folder as a disk that is read-only.
    static func storingNothing(in lab: Lab) throws -> AgentRelease {
        let version = try next()
        let agent = try stating(version, in: lab)
        let script = """
            #!/bin/sh
            # run --state-dir DIRECTORY ...
            exec unshare --mount -- sh -c \
                'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"' sh "$3" \(agent) "$@"

            """
        return AgentRelease(version: version, program: try install(Data(script.utf8), "unstoring-agent", lab))
    }

    /// Does not get as far as the link.
    static func endingAtOnce(in lab: Lab) throws -> AgentRelease {
        let script = "#!/bin/sh\nexit 70\n"
        return AgentRelease(version: try next(), program: try install(Data(script.utf8), "broken-agent", lab))
    }

    private static func next() throws -> String {
        let running = try running()
        let last = try unwrap(running.last?.wholeNumberValue, "\(running) ends with no digit")
        return running.dropLast() + "\((last + 1) % 10)"
    }

    /// The build's own program, which states another version of the same length.
    private static func stating(_ version: String, in lab: Lab) throws -> String {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Binaries.agent))
        let constant = Data([0] + Array(try running().utf8) + [0])
        let place = try unwrap(bytes.range(of: constant), "the agent's version is no constant of its own")
        bytes.replaceSubrange(place, with: Data([0] + Array(version.utf8) + [0]))
        let path = try install(bytes, "agent-\(version)", lab)
        let stated = try Host.own.run(path, "version")
        try require(stated == "holdfast-agent \(version)", "it states: \(stated)")
        return path
    }

    private static func install(_ content: Data, _ name: String, _ lab: Lab) throws -> String {
        let path = "\(lab.directory)/\(name)"
        try content.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}
