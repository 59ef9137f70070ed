import Model

@testable import DaemonRuntime

/// A catalogue with a setting of every type.
enum SampleSettings {
    struct Tier: Hashable, Sendable {
        let name: String
        let peers: Int
        let prices: [String]
    }

    static let dataDirectory = Setting("data_dir", .string, default: "/var/lib/sample", help: "Where state is kept.")
    static let logLevel = Setting("log.level", .oneOf(["info", "debug"]), default: "info", help: "How much to log.")
    static let interval = Setting(
        "link.heartbeat_interval_s",
        .seconds(in: 1...3600),
        default: .seconds(15),
        help: "Between heartbeats."
    )
    static let pause = Setting(
        "link.pause_ms",
        .milliseconds(in: 0...60_000),
        default: .milliseconds(250),
        help: "Between attempts."
    )
    static let listen = Setting(
        "link.listen",
        .hostPort,
        default: HostPort(host: "::", port: 7443),
        help: "Where nodes connect."
    )
    static let enabled = Setting("api.enabled", .boolean, default: true, help: "Whether the API is served.")
    static let workers = Setting("api.workers", .integer(in: 1...64), default: 4, help: "How many workers.")
    static let pool = Setting(
        "tunnel.ipv4_pool",
        .ipv4Prefix,
        default: IPPrefix("10.64.0.0/10")!,
        help: "Addresses of the peers."
    )
    static let dns = Setting("tunnel.dns", .list(of: .address), default: [], help: "Resolvers of the clients.")
    static let links = Setting(
        "stripe.payment_links",
        .openTable(of: .string, example: "basic = \"https://buy.example/x\""),
        default: [:],
        help: "Where each tier is paid."
    )
    static let tiers = Setting(
        "tiers",
        .rows(example: "name = \"basic\"\npeers = 5") { row throws(SettingsError) in
            Tier(
                name: try row.read("name", .string),
                peers: try row.read("peers", .integer(in: 1...100)),
                prices: try row.read("prices", .list(of: .string), default: [])
            )
        },
        default: [],
        help: "What is for sale."
    )

    static let catalogue = SettingsCatalogue(
        dataDirectory,
        logLevel,
        interval,
        pause,
        listen,
        enabled,
        workers,
        pool,
        dns,
        links,
        tiers
    )

    static func load(
        _ text: String,
        environment: [String: String] = [:],
        overrides: [SettingOverride?] = []
    ) throws(SettingsError) -> Settings {
        let tree = try ConfigurationFile.parse(text, path: "sample.toml")
        let values = try catalogue.values(in: tree, of: "sample.toml")
        return try Settings(catalogue, inFile: values, file: "sample.toml", environment, overrides.compactMap(\.self))
    }
}
