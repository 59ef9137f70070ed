import Foundation

/// The settings file of a coordinator under test, and the secrets beside it.
public struct CoordinatorConfiguration {
    /// Tiers that tests subscribe to; `fleet` is for one customer with as many peers as a test wants.
    public enum Tier: String, Sendable {
        case basic, fleet

        /// The most that a tier may allow.
        public static let fleetPeers = 1000

        public var price: String { "price_lab_\(rawValue)" }
    }

    public let dataDirectory: String
    public let api: String
    public let ops: String
    public let link: String
    /// Where operators connect: beside the ops listener.
    public var admin: String
    public var databaseURL = ""
    public var provisionWait_s = 5
    public var heartbeatInterval_s = 2
    /// Lines of the table `[fleet]`, by key.
    public var fleet: [String: Int] = [:]
    public var nodeCapacity = 100_000
    /// Further tables, as they stand in the file.
    public var more = ""

    public init(
        dataDirectory: String,
        api: String,
        ops: String,
        link: String,
        databaseURL: String = "",
        provisionWait_s: Int = 5,
        heartbeatInterval_s: Int = 2
    ) {
        self.dataDirectory = dataDirectory
        self.api = api
        self.ops = ops
        self.link = link
        admin = ops.prefix { $0 != ":" } + ":7444"
        self.databaseURL = databaseURL
        self.provisionWait_s = provisionWait_s
        self.heartbeatInterval_s = heartbeatInterval_s
    }

    public func write(to path: String, webhookSecret: String) throws {
        let secrets = "\(dataDirectory)/secrets"
        let files = FileManager.default
        try files.createDirectory(atPath: dataDirectory, withIntermediateDirectories: true)
        try files.createDirectory(
            atPath: secrets,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let made = files.createFile(
            atPath: "\(secrets)/stripe-webhook-secret",
            contents: Data(webhookSecret.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        try require(made, "cannot write the webhook's secret in \(secrets)")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private var text: String {
        """
        data_dir = "\(dataDirectory)"

        [database]
        url = "\(databaseURL)"

        [api]
        listen = "\(api)"
        provision_wait_s = \(provisionWait_s)
        claims_per_minute = 0

        [ops]
        listen = "\(ops)"

        [admin]
        listen = "\(admin)"

        [link]
        listen = "\(link)"
        heartbeat_interval_s = \(heartbeatInterval_s)

        [nodes]
        capacity = \(nodeCapacity)
        # The lab's internet is made of addresses for documentation.
        private_endpoints = true

        [fleet]
        \(fleet.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: "\n"))

        \(more)

        [[tiers]]
        name = "basic"
        peers = 5
        stripe_prices = ["\(Tier.basic.price)"]

        [[tiers]]
        name = "fleet"
        peers = \(Tier.fleetPeers)
        requests_per_minute = 0
        stripe_prices = ["\(Tier.fleet.price)"]

        """
    }
}
