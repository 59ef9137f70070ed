import ArgumentParser
import DaemonRuntime

/// Where a command finds the node's settings and files.
struct NodeOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file (default: \(AgentSettings.defaultPath), if there is one).")
    var config: String?

    @Option(name: .long, help: "Where keys and peer table are kept.")
    var stateDir: String?

    /// - Parameter more: what the command's own options say, beside these.
    func settings(_ more: [SettingOverride?] = []) throws(Failure) -> Settings {
        let directory = AgentSettings.stateDirectory.overridden(by: stateDir, flag: "--state-dir")
        return try AgentSettings.load(config, [directory] + more)
    }

    func directory() throws(Failure) -> StateDirectory {
        StateDirectory(path: try settings()[AgentSettings.stateDirectory])
    }
}
