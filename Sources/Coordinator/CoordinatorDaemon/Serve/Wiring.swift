import API
import AgentLink
import Billing
import CertificateAuthority
import Cryptography
import DaemonRuntime
import Database
import FleetControl
import Logging
import Model
import Newcomers
import ObjectStorage
import PaymentProviders
import Placement
import SecretStore
import ServiceLifecycle
import Store

/// Makes the services of a coordinator from its settings and its database.
struct Wiring: Sendable {
    let settings: CoordinatorSettings
    let store: Store
    let database: DatabaseConfiguration
    let logger: Logger
    let instance = InstanceID.random()
    let signals = BillingSignals()
    let webhookCounts = WebhookCounts()
    let linkCounts = LinkCounts()
    let peerFeed: PeerFeed
    let anchoring: AuditAnchoring

    init(settings: CoordinatorSettings, store: Store, database: DatabaseConfiguration, logger: Logger) {
        self.settings = settings
        self.store = store
        self.database = database
        self.logger = logger
        peerFeed = PeerFeed(pool: store.pool, logger: Logger(label: "peer-feed"))
        anchoring = AuditAnchoring(store: store, settings: settings, logger: Logger(label: "audit"))
    }

    /// In the order of their start.
    func services() async throws -> [any Service] {
        warnOfCollisions()
        let secrets = Secrets(settings)
        let mayMake = try await !store.dependsOnSecrets()
        let objects = try objectStore(secrets)
        let authority = try secrets.authority(mayMake: mayMake)
        let peppers = try secrets.store.peppers(mayMake: mayMake)
        let pepper = peppers.current
        let stores = try StoreConnections(settings, secrets, environment)
        let changeFeed = makeChangeFeed()
        let announcement = ReadyAnnouncement(
            listeners: [
                Declared.linkListen.key, Declared.apiListen.key, Declared.adminListen.key, Declared.opsListen.key,
            ],
            notifier: ServiceNotifier(environment: settings.environment),
            logger: logger
        )
        let listeners = [
            listener(Declared.linkListen, announcement) { onListening in
                link(changeFeed, authority, pepper, onListening)
            },
            try listener(Declared.apiListen, announcement) { onListening in
                try customerAPI(changeFeed, peppers, secrets, stores, bucketDesk(objects), onListening)
            },
            try listener(Declared.adminListen, announcement) { onListening in
                try adminAPI(changeFeed, authority, pepper, onListening)
            },
            listener(Declared.opsListen, announcement) { onListening in opsAPI(announcement, onListening) },
        ]
        let controller = try fleetController(changeFeed, authority, pepper, secrets)
        let entitlements = entitlementController(changeFeed)
        let workers = billingWorkers(stores)
        let reconciliation = reconciliation(stores)
        let billingWatch = billingWatch()
        let housekeeping = Housekeeping(store: store, logger: Logger(label: "housekeeping"))
        let keepers = [bucketKeeper(objects)].compactMap { $0 }
        return [
            UntilShutdown { await changeFeed.run() }, UntilShutdown { await housekeeping.run() },
            UntilShutdown { await controller.run() }, UntilShutdown { await peerFeed.run() },
            UntilShutdown { await entitlements.run() }, UntilShutdown { await billingWatch.run() },
            UntilShutdown { await anchoring.run() },
        ] + (reconciliation.map { reconciliation in [UntilShutdown { await reconciliation.run() }] } ?? [])
            + workers.map { worker in UntilShutdown { await worker.run() } }
            + keepers.map { keeper in UntilShutdown { await keeper.run() } } + listeners + [announcement]
    }

    /// A node says by a condition where it really happens; here it can still be avoided.
    private func warnOfCollisions() {
        let collisions = settings.addressPool.collisions
        guard !collisions.isEmpty else { return }
        logger.notice(
            "the pool covers networks that other software uses by default: nodes that run it cannot serve",
            metadata: [
                "setting": "\(Declared.ipv4Pool.key)",
                "networks": "\(collisions.map { "\($0.prefix) (\($0.use))" }.joined(separator: ", "))",
            ]
        )
    }

    private func listener(
        _ setting: Setting<HostPort>,
        _ announcement: ReadyAnnouncement,
        _ make: (@escaping @Sendable () -> Void) throws -> any Service
    ) rethrows -> any Service {
        NamedListener(
            setting: setting.key,
            address: settings[setting],
            service: try make { announcement.listening(setting.key) },
            announcement: announcement
        )
    }

    private func makeChangeFeed() -> ChangeFeed {
        let logger = Logger(label: "change-feed")
        let listener = Listener(database, channels: [ChangeFeed.channel], logger: logger)
        return ChangeFeed(pool: store.pool, instance: instance, listener: listener, logger: logger)
    }

    private func link(
        _ changeFeed: ChangeFeed,
        _ authority: CertificateAuthority,
        _ pepper: Pepper,
        _ onListening: @escaping @Sendable () -> Void
    ) -> LinkListener {
        var configuration = LinkConfiguration(listen: settings[Declared.linkListen])
        configuration.heartbeatInterval = settings[Declared.heartbeatInterval]
        configuration.mtu = UInt16(settings[Declared.mtu])
        configuration.newcomers = NewcomerLimits(all: OpenFileLimit.linkNewcomers)
        configuration.nodeCapacity = Int32(settings[Declared.nodeCapacity])
        configuration.policy = LinkPolicy(
            endpoints: EndpointPolicy(
                allowsPrivate: settings[Declared.privateEndpoints],
                acceptsJumps: settings[Declared.endpointJumps]
            ),
            refusesOtherMachines: settings[Declared.refuseOtherMachines]
        )
        return LinkListener(
            configuration: configuration,
            store: store,
            changeFeed: changeFeed,
            authority: authority,
            pepper: pepper,
            addressPool: settings.addressPool,
            instance: instance,
            logger: Logger(label: "link"),
            counts: linkCounts,
            onListening: { _ in onListening() }
        )
    }

    private func adminAPI(
        _ changeFeed: ChangeFeed,
        _ authority: CertificateAuthority,
        _ pepper: Pepper,
        _ onListening: @escaping @Sendable () -> Void
    ) throws -> AdminAPI {
        let anchors = AuditAnchorFile(settings)
        return try AdminAPI(
            address: address(Declared.adminListen),
            services: AdminServices(
                store: store,
                changeFeed: changeFeed,
                authority: authority,
                pepper: pepper,
                placement: settings.fleetPolicy.placement,
                linger: settings.fleetPolicy.linger,
                anchors: { anchors.read() },
                limits: tierLimits,
                environment: environment
            ),
            limits: ListenerLimits(connectionsMax: OpenFileLimit.operatorConnections),
            logger: Logger(label: "admin"),
            onListening: { _ in onListening() }
        )
    }

    private func opsAPI(
        _ announcement: ReadyAnnouncement,
        _ onListening: @escaping @Sendable () -> Void
    ) -> OpsAPI {
        let metrics = CoordinatorMetrics(
            store: store,
            environment: environment,
            silenceLimit: silenceLimit,
            webhooks: webhookCounts,
            link: linkCounts,
            anchoring: anchoring
        )
        let pool = store.pool
        return OpsAPI(
            address: address(Declared.opsListen),
            connectionsMax: OpenFileLimit.opsConnections,
            logger: Logger(label: "ops"),
            readiness: {
                var reasons: [String] = []
                if !announcement.isListening(Declared.apiListen.key) { reasons.append("the API does not listen yet") }
                if !announcement.isListening(Declared.linkListen.key) { reasons.append("the link does not listen yet") }
                if !pool.isHealthy { reasons.append("the database cannot be reached") }
                return reasons
            },
            metrics: { await metrics.text() },
            onListening: onListening
        )
    }

    var tierLimits: [String: TierLimits] { settings.tierLimits }

    /// A node unheard for longer takes no new peers: three heartbeats, and a little for the way.
    var silenceLimit: Duration { settings[Declared.heartbeatInterval] * 3 + .seconds(5) }

    private func address(_ setting: Setting<HostPort>) -> (host: String, port: Int) {
        (settings[setting].host, Int(settings[setting].port))
    }
}

// The customers' side

extension Wiring {
    private func customerAPI(
        _ changeFeed: ChangeFeed,
        _ peppers: Peppers,
        _ secrets: Secrets,
        _ stores: StoreConnections,
        _ bucketDesk: BucketDesk?,
        _ onListening: @escaping @Sendable () -> Void
    ) throws -> CustomerAPI {
        let limits = tierLimits
        let fleet = FleetCache(store: store, silenceLimit: silenceLimit)
        let pool = settings.addressPool
        return CustomerAPI(
            address: address(Declared.apiListen),
            dependencies: .init(
                store: store,
                changeFeed: changeFeed,
                fleet: fleet,
                provisioner: Provisioner(
                    store: store,
                    changeFeed: changeFeed,
                    fleet: fleet,
                    terms: ProvisioningTerms(
                        limits: limits,
                        policy: settings.fleetPolicy.placement,
                        lastAddressIndex: pool.lastIndex
                    ),
                    wait: settings[Declared.provisionWait]
                ),
                mover: Mover(
                    store: store,
                    changeFeed: changeFeed,
                    peerFeed: peerFeed,
                    fleet: fleet,
                    limits: limits,
                    policy: settings.fleetPolicy.placement,
                    linger: settings[Declared.linger],
                    wait: settings[Declared.provisionWait]
                ),
                peerFeed: peerFeed,
                tunnel: TunnelSettings(pool: pool, dns: settings[Declared.dns], mtu: UInt16(settings[Declared.mtu])),
                limits: limits,
                peppers: peppers,
                trustedProxies: settings[Declared.trustedProxies],
                claimsPerMinute: settings[Declared.claimsPerMinute] == 0 ? nil : settings[Declared.claimsPerMinute],
                orderDesk: orderDesk(peppers.current),
                receivers: try storeReceivers(stores, secrets),
                webhookCounts: webhookCounts,
                claims: storeClaims(stores, peppers.current),
                bucketDesk: bucketDesk
            ),
            limits: ListenerLimits(connectionsMax: OpenFileLimit.customerConnections),
            logger: Logger(label: "api"),
            onListening: { _ in onListening() }
        )
    }
}
