import DaemonRuntime
import Model

/// Every setting of the coordinator.
enum Declared {
    static let dataDirectory = Setting(
        "data_dir",
        .string,
        default: "/var/lib/holdfast-coordinator",
        help: "Where the embedded database and the secrets are kept."
    )
    static let logLevel = Setting(
        "log.level",
        .oneOf(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        default: "info",
        help: "The least severe messages that are logged to standard error."
    )
    static let databaseURL = Setting(
        "database.url",
        .string,
        default: "",
        help: """
            A PostgreSQL to use, as a libpq URL; several hosts with target_session_attrs=read-write follow a failover.
            Empty: a private PostgreSQL cluster in data_dir is started and looked after.
            """
    )
    static let databaseConnections = Setting(
        "database.connections",
        .integer(in: 2...500),
        default: 16,
        help: "Connections to the database, each with a thread of its own."
    )
    static let apiListen = Setting(
        "api.listen",
        .hostPort,
        default: HostPort(host: "127.0.0.1", port: 8080),
        help: "Where apps and stores' webhooks are served, over HTTP: put a TLS proxy in front."
    )
    static let trustedProxies = Setting(
        "api.trusted_proxies",
        .list(of: .network),
        default: ["127.0.0.0/8", "::1/128"].compactMap { IPPrefix($0) },
        help:
            "Whose X-Forwarded-For is believed, for rate limits alone; addresses are kept in memory and never written."
    )
    static let claimsPerMinute = Setting(
        "api.claims_per_minute",
        .integer(in: 0...1_000_000),
        default: 120,
        help: "Orders and claims from one address, or one IPv6 network of 64 bits; 0 for any number."
    )
    static let provisionWait = Setting(
        "api.provision_wait_s",
        .seconds(in: 0...60),
        default: .seconds(5),
        help: "How long POST /v1/peers waits for the node before it answers 202 with state installing."
    )
    static let opsListen = Setting(
        "ops.listen",
        .hostPort,
        default: HostPort(host: "127.0.0.1", port: 9090),
        help: "Where /livez, /readyz and /metrics are served."
    )
    static let linkListen = Setting(
        "link.listen",
        .hostPort,
        default: HostPort(host: "::", port: 7443),
        help: "Where nodes connect, over TLS 1.3."
    )
    static let heartbeatInterval = Setting(
        "link.heartbeat_interval_s",
        .seconds(in: 1...3600),
        default: .seconds(15),
        help: "How often a node reports; a large fleet is asked less often."
    )
    static let ipv4Pool = Setting(
        "tunnel.ipv4_pool",
        .ipv4Prefix,
        default: IPPrefix("10.64.0.0/10")!,
        help: """
            The peers' IPv4 addresses, for the whole fleet. Not to be changed once peers exist. No node may have a route
            into it. The default covers what Kubernetes (10.96.0.0/12), CRI-O (10.85.0.0/16) and Podman (10.88.0.0/16) use
            by default: choose another one for nodes that run these.
            """
    )
    static let ipv6Pool = Setting(
        "tunnel.ipv6_pool",
        .ipv6Prefix,
        default: IPPrefix("fd68:6f6c:6466::/64")!,
        help: "The peers' IPv6 addresses, for the whole fleet. Not to be changed once peers exist."
    )
    static let mtu = Setting(
        "tunnel.mtu",
        .integer(in: 1280...9000),
        default: 1420,
        help: "The tunnels' MTU in bytes, nodes' and clients'."
    )
    static let dns = Setting(
        "tunnel.dns",
        .list(of: .address),
        default: [],
        help: "Resolvers that clients' configurations name; none leaves the device's own."
    )
    static let nodeCapacity = Setting(
        "nodes.capacity",
        .integer(in: 1...1_000_000),
        default: 10_000,
        help: "How many peers a newly enrolled node may have."
    )
    static let privateEndpoints = Setting(
        "nodes.private_endpoints",
        .boolean,
        default: false,
        help: """
            Whether nodes may state endpoints that are not on the internet, as in a private network or a test. Every client
            sends its traffic to its node's endpoint, so a stolen node must not name any place it likes.
            """
    )
    static let endpointJumps = Setting(
        "nodes.accept_endpoint_jumps",
        .boolean,
        default: false,
        help: """
            Whether a node's endpoint may jump to another network (/24, IPv6 /48, or another name) by itself. Otherwise the
            node takes no new peers until `holdfast node accept NAME`; within its network an endpoint changes by itself.
            """
    )
    static let refuseOtherMachines = Setting(
        "nodes.refuse_other_machines",
        .boolean,
        default: false,
        help: """
            Whether another machine (another boot id and another address) that comes with a node's identity waits for
            `holdfast node accept NAME`: for fleets whose nodes never change their address. Otherwise it is audited.
            """
    )
    static let secretsDirectory = Setting(
        "secrets.dir",
        .string,
        default: "",
        help: """
            Files ca.key, ca.crt, pepper and audit-key (made on the first start), stripe-webhook-secret, stripe-api-key, appstore-key,
            google-service-account, storage-access-key and storage-secret-key. Empty: the directory secrets in data_dir.
            A systemd credential of the same name wins over a file.
            """
    )
    static let stripeAPIBase = Setting(
        "stripe.api_base",
        .string,
        default: "https://api.stripe.com",
        help: "Where Stripe's API is."
    )
    static let stripeCallsAtOnce = Setting(
        "stripe.calls_at_once",
        .integer(in: 1...512),
        default: 64,
        help: """
            How many subscriptions Stripe is asked about at once when events are carried out. Each instance counts for
            itself; when Stripe is overloaded (429) it is asked less by itself. Stripe takes 100 requests a second, as a
            rule, and answers in 50 to 150 ms.
            """
    )
    static let paymentLinks = Setting(
        "stripe.payment_links",
        .openTable(of: .string, example: #"basic = "https://buy.stripe.com/…""#),
        default: [:],
        help: "The page where each tier is paid for; the order's client_reference_id is added."
    )
    static let tiers = Setting(
        "tiers",
        .rows(
            example:
                "name = \"basic\"\npeers = 5\nstripe_prices = [\"price_…\"]\napple_products = [\"…\"]\ngoogle_products = [\"…\"]\nignored_products = []\nregions = []\nbuckets = 1\nobject_limit_mb = 1024\npresign_seconds = 900\nrequests_per_minute = 600"
        ) {
            row throws(SettingsError) in try TierSetting(&row)
        },
        default: [],
        help: """
            What can be bought: the peers it allows, the stores' products for it, products that give nothing beside it, its
            regions (none: all), and whether a bucket belongs to it, with the largest object (of 1,048,576 bytes each) and
            the longest life of a presigned URL.
            """
    )

    static let catalogue = SettingsCatalogue(
        dataDirectory,
        logLevel,
        databaseURL,
        databaseConnections,
        apiListen,
        trustedProxies,
        claimsPerMinute,
        provisionWait,
        opsListen,
        linkListen,
        adminListen,
        heartbeatInterval,
        ipv4Pool,
        ipv6Pool,
        mtu,
        dns,
        nodeCapacity,
        privateEndpoints,
        endpointJumps,
        refuseOtherMachines,
        suspectAfter,
        lostAfter,
        brakeRegion,
        brakeFleet,
        linger,
        installPatience,
        movesPerSecond,
        reserve,
        rolloutTimeout,
        rolloutSoak,
        capacityMode,
        capacityTarget,
        scaleUpAbove,
        scaleDownBelow,
        capacityCooldown,
        capacityHeadroom,
        nodesMin,
        nodesAtOnceMax,
        requestLifetime,
        providerCommand,
        providerWebhook,
        providerTimeout,
        providerCoordinators,
        providerRepository,
        secretsDirectory,
        auditAnchorFile,
        auditAnchorInterval,
        auditAnchorLog,
        production,
        frozenRetention,
        grace,
        renewalAllowance,
        processingAllowance,
        invoiceAllowance,
        renewalLateness,
        reconcilePerSecond,
        stripeAPIBase,
        stripeCallsAtOnce,
        paymentLinks,
        appleBundleID,
        appleAppID,
        appleRoot,
        appleRootFingerprint,
        appleRevocation,
        appleKeyID,
        appleIssuerID,
        appleAPIBase,
        googlePackage,
        googlePushSubscription,
        googlePushAudience,
        googlePushAccount,
        googleKeys,
        googleAPIBase,
        googleCallsAtOnce,
        storageEndpoint,
        storageRegion,
        storageAddressing,
        storageBucketPrefix,
        storageRetention,
        testPurchasesAccepted,
        testPurchaseTier,
        testPurchasePeers,
        testPurchasesAtOnce,
        testPurchaseLifetime,
        ignoredProducts,
        tierOrder,
        tiers,
        addOns
    )
}
