import Foundation

/// The exit policy that the package installs, by the agent's own command.
public final class ExitPolicy {
    /// Settings of `holdfast-agent exit-policy`, as environment variables.
    public var environment: [String: String]
    private let host: Host
    private let stateDirectory: String

    /// packaging/agent/exit-policy.nft
    public static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "packaging/agent/exit-policy.nft").path

    init(host: Host, stateDirectory: String) {
        self.host = host
        self.stateDirectory = stateDirectory
        environment = [
            "HOLDFAST_EXIT_POLICY_FILE": Self.file, "HOLDFAST_EXIT_STATE_DIRECTORY": stateDirectory + ".exit",
        ]
    }

    /// What does not outlive a machine's power: the folder below /run.
    func forget() {
        try? FileManager.default.removeItem(atPath: stateDirectory + ".exit")
    }

    public func load() throws {
        let outcome = try attempt("load")
        try require(outcome.status == 0, "exit-policy load: \(outcome.status)\n\(outcome.error)\(outcome.output)")
    }

    public func unload() throws {
        try host.run(Binaries.agent, "exit-policy", "unload")
    }

    /// - Parameter wrapper: a program that runs the command, before its own words.
    public func attempt(_ words: String..., wrapper: [String] = []) throws -> Command.Outcome {
        let settings = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return try host.attempt(
            wrapper + ["env"] + settings + [Binaries.agent, "exit-policy"] + words + ["--state-dir", stateDirectory]
        )
    }
}
