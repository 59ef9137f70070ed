import DaemonRuntime
import Model

/// The settings of the fleet's work.
extension Declared {
    static let suspectAfter = Setting(
        "fleet.suspect_after_s",
        .seconds(in: 2...86_400),
        default: .seconds(45),
        help: "A node that has been silent for longer takes no new peers. At least two heartbeats."
    )
    static let lostAfter = Setting(
        "fleet.lost_after_s",
        .seconds(in: 3...86_400),
        default: .seconds(120),
        help: "A node that has been silent for longer is lost: its peers are placed elsewhere."
    )
    static let brakeRegion = Setting(
        "fleet.brake_region_percent",
        .integer(in: 1...100),
        default: 20,
        help: """
            When more than this share of a region's nodes, and at least two, fall silent at once, the coordinator suspects
            itself: nobody is moved.
            """
    )
    static let brakeFleet = Setting(
        "fleet.brake_percent",
        .integer(in: 1...100),
        default: 30,
        help: "The same for the whole fleet."
    )
    static let linger = Setting(
        "fleet.linger_s",
        .seconds(in: 0...2_592_000),
        default: .seconds(86_400),
        help: """
            How long the old node keeps a moved peer for a client that still uses its old configuration. It lets go sooner
            of one that has been silent for three minutes.
            """
    )
    static let installPatience = Setting(
        "fleet.install_patience_s",
        .seconds(in: 1...86_400),
        default: .seconds(30),
        help: """
            How long a node that cannot do its work, or was never heard, keeps the new peers that it has not installed.
            Then they are placed on another node of the region. Long enough for a failure that the agent mends by itself.
            """
    )
    static let movesPerSecond = Setting(
        "fleet.moves_per_second",
        .integer(in: 1...100_000),
        default: 2000,
        help: "The pace of a drain or a replacement."
    )
    static let reserve = Setting(
        "fleet.reserve_percent",
        .integer(in: 0...90),
        default: 0,
        help: "The share of each node's capacity that new peers leave free, so that drains find room."
    )
    static let rolloutTimeout = Setting(
        "fleet.rollout_timeout_s",
        .seconds(in: 10...86_400),
        default: .seconds(900),
        help: "How long a node may take for a new version before its rollout halts."
    )
    static let rolloutSoak = Setting(
        "fleet.rollout_soak_s",
        .seconds(in: 0...604_800),
        default: .seconds(60),
        help: "How long a wave of a rollout is watched before the next one begins."
    )
}
