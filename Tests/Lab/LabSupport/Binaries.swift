import Foundation

/// Where the project's own programs are: beside the one that runs, since one build makes them all.
public enum Binaries {
    public static let coordinator = path("holdfast-coordinator")
    public static let agent = path("holdfast-agent")
    public static let operatorCLI = path("holdfast")

    /// `HOLDFAST_BIN` names another folder, for trying installed programs.
    private static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["HOLDFAST_BIN"] { return "\(folder)/\(name)" }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent(name).path
    }
}
