import Model

/// What the agent asks its machine for, when the coordinator wants another version of it.
///
/// The asking is a file that a systemd unit watches; see holdfast-agent-upgrade.path. What came to nothing (the version
/// is not in the repository yet, the network failed) is asked for again, ever more seldom.
struct UpgradeRequest: Hashable {
    enum Action: Hashable {
        case nothing
        /// Ask for this version, also if the file says so already.
        case ask(PackageVersion)
        /// Nothing is asked for any more.
        case withdraw
        /// The coordinator's words are no version; nothing is asked for.
        case reject
    }

    private static let firstPause = Duration.seconds(300)
    private static let longestPause = Duration.seconds(3600)

    private let running: String
    /// The coordinator's words last time; nil before the first, and where it wanted nothing.
    private(set) var desired: String?
    private var hasDecided = false
    private var next = Duration.zero
    private var pause = firstPause

    /// - Parameter running: the version of this program.
    init(running: String) {
        self.running = running
    }

    /// - Parameters:
    ///   - desired: as the coordinator says it; nil or this program's own: stay as you are.
    ///   - now: monotonic.
    mutating func decide(_ desired: String?, at now: Duration) -> Action {
        let isNews = !hasDecided || desired != self.desired
        hasDecided = true
        self.desired = desired
        guard let desired, desired != running else { return isNews ? .withdraw : .nothing }
        guard let version = PackageVersion(desired) else { return isNews ? .reject : .nothing }
        if isNews {
            pause = Self.firstPause
        } else if now < next {
            return .nothing
        } else {
            pause = min(pause * 2, Self.longestPause)
        }
        next = now + pause
        return .ask(version)
    }
}
