import DaemonRuntime
import Model

/// The settings of the fleet's capacity, and of whoever makes machines.
extension Declared {
    static let capacityMode = Setting(
        "capacity.mode",
        .oneOf(["off", "propose", "apply"]),
        default: "propose",
        help: """
            propose: decisions are written down (holdfast capacity list), and nobody is asked. apply: the provider is
            asked for nodes, and nodes that can be spared are drained and retired.
            """
    )
    static let capacityTarget = Setting(
        "capacity.target_percent",
        .integer(in: 1...99),
        default: 70,
        help: "How full a region is to be after a node was added or removed."
    )
    static let scaleUpAbove = Setting(
        "capacity.scale_up_above_percent",
        .integer(in: 2...100),
        default: 80,
        help: "A region that is fuller gets a node. More than the target."
    )
    static let scaleDownBelow = Setting(
        "capacity.scale_down_below_percent",
        .integer(in: 0...98),
        default: 40,
        help: "A region that is emptier gives a node back. Less than the target; 0: never."
    )
    static let capacityCooldown = Setting(
        "capacity.cooldown_s",
        .seconds(in: 0...86_400),
        default: .seconds(600),
        help: """
            Between two decisions about a region, except where peers have no place; after a request that was dismissed or
            came to nothing, there too.
            """
    )
    static let capacityHeadroom = Setting(
        "capacity.headroom",
        .boolean,
        default: true,
        help: "Whether the peers of a region's largest node must fit on its others at any time."
    )
    static let nodesMin = Setting(
        "capacity.nodes_min",
        .integer(in: 0...1000),
        default: 1,
        help: "The fewest nodes of a region."
    )
    static let nodesAtOnceMax = Setting(
        "capacity.nodes_at_once_max",
        .integer(in: 1...100),
        default: 4,
        help: "The most nodes of a region that are asked for at once."
    )
    static let requestLifetime = Setting(
        "capacity.request_lifetime_s",
        .seconds(in: 30...86_400),
        default: .seconds(1800),
        help: "How long the provider is asked for one node before that attempt has failed."
    )
    static let providerCommand = Setting(
        "provider.command",
        .string,
        default: "",
        help: "The path of a program that makes nodes: the request as JSON on its standard input (docs/OPERATIONS.md)."
    )
    static let providerWebhook = Setting(
        "provider.webhook",
        .string,
        default: "",
        help: "A URL that makes nodes, posted to with a signature by the secret provider-webhook-key."
    )
    static let providerTimeout = Setting(
        "provider.timeout_s",
        .seconds(in: 1...600),
        default: .seconds(60),
        help: "How long the provider may take for an answer."
    )
    static let providerCoordinators = Setting(
        "provider.coordinators",
        .list(of: .hostPort),
        default: [],
        help: "Where new nodes find the coordinators: HOST:PORT of each link."
    )
    static let providerRepository = Setting(
        "provider.apt_repository",
        .string,
        default: "",
        help: "A line for sources.list with the agent's package; empty where the machines' image has it."
    )
}
