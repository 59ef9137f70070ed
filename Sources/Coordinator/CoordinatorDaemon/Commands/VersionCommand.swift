import ArgumentParser
import DaemonRuntime

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("holdfast-coordinator \(Version.current)")
    }
}
