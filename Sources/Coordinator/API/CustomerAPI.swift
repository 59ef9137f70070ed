import Cryptography
import DaemonRuntime
import Hummingbird
import HummingbirdCore
import Logging
import Model
import PaymentProviders
import ServiceLifecycle
import Store

/// The customers' listener: `/v1` for apps, `/webhooks` for the stores.
public struct CustomerAPI: Service {
    private let application: any ApplicationProtocol & Service

    public struct Dependencies: Sendable {
        public let store: Store
        public let changeFeed: ChangeFeed
        public let fleet: FleetCache
        public let provisioner: Provisioner
        public let mover: Mover
        public let peerFeed: PeerFeed
        public let tunnel: TunnelSettings
        public let limits: [String: TierLimits]
        public let peppers: Peppers
        /// Proxies whose `X-Forwarded-For` is believed.
        public let trustedProxies: [IPPrefix]
        /// From one address; nil for any number.
        public let claimsPerMinute: Int?
        public let orderDesk: OrderDesk
        public let receivers: StoreReceivers
        public let webhookCounts: WebhookCounts
        public let claims: StoreClaims
        /// Nil where no buckets are offered.
        public let bucketDesk: BucketDesk?

        public init(
            store: Store,
            changeFeed: ChangeFeed,
            fleet: FleetCache,
            provisioner: Provisioner,
            mover: Mover,
            peerFeed: PeerFeed,
            tunnel: TunnelSettings,
            limits: [String: TierLimits],
            peppers: Peppers,
            trustedProxies: [IPPrefix],
            claimsPerMinute: Int?,
            orderDesk: OrderDesk,
            receivers: StoreReceivers,
            webhookCounts: WebhookCounts,
            claims: StoreClaims = StoreClaims(),
            bucketDesk: BucketDesk? = nil
        ) {
            self.store = store
            self.changeFeed = changeFeed
            self.fleet = fleet
            self.provisioner = provisioner
            self.mover = mover
            self.peerFeed = peerFeed
            self.tunnel = tunnel
            self.limits = limits
            self.peppers = peppers
            self.trustedProxies = trustedProxies
            self.claimsPerMinute = claimsPerMinute
            self.orderDesk = orderDesk
            self.receivers = receivers
            self.webhookCounts = webhookCounts
            self.claims = claims
            self.bucketDesk = bucketDesk
        }
    }

    /// - Parameter onListening: called with the port once it is bound.
    public init(
        address: (host: String, port: Int),
        dependencies: Dependencies,
        limits: ListenerLimits,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        // A quarter of the connections is left for whoever does not stay.
        let standing = StandingRequests(
            allMax: limits.connectionsMax - limits.connectionsMax / 4,
            keepAlive: limits.keepAlive
        )
        application = Application(
            router: Self.router(dependencies, standing: standing),
            server: HTTPServerBuilder { responder in limits.channel(responder) },
            configuration: limits.configuration(address),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    public func run() async throws {
        try await application.run()
    }

    static func router(_ dependencies: Dependencies, standing: StandingRequests) -> Router<CustomerContext> {
        let router = Router(context: CustomerContext.self)
        router.add(middleware: ErrorsAsProblems())
        router.add(middleware: ClientPrefixes(trusted: dependencies.trustedProxies))
        WebhookRoutes(receivers: dependencies.receivers, counts: dependencies.webhookCounts).add(to: router)
        let open = router.group("v1").add(middleware: StrictChanges())
        RegionRoutes(fleet: dependencies.fleet).add(to: open)
        // An app orders once, and asks every few seconds until its payment is there; many may share an address.
        let claims = RateLimited(
            limiter: dependencies.claimsPerMinute.map { RateLimiter(burst: $0, pause: .seconds(60) / $0) }
        )
        let limited = router.group("v1").add(middleware: StrictChanges()).add(middleware: claims)
        OrderRoutes(desk: dependencies.orderDesk).add(to: limited)
        ClaimRoutes(claims: dependencies.claims).add(to: limited)
        let makeAuthenticator = {
            TokenAuthenticator(store: dependencies.store, peppers: dependencies.peppers) { SystemClock.now() }
        }
        let authenticator = makeAuthenticator()
        let bearer = BearerToken(
            authenticator: authenticator,
            strangers: makeAuthenticator(),
            gate: TokenGate(peppers: dependencies.peppers),
            rates: TierRates(dependencies.limits)
        )
        let authenticated = router.group("v1").add(middleware: bearer).add(middleware: StrictChanges())
        SubscriptionRoutes(store: dependencies.store, limits: dependencies.limits).add(to: authenticated)
        TokenRoutes(store: dependencies.store, peppers: dependencies.peppers).add(to: authenticated)
        AccountRoutes(
            store: dependencies.store,
            changeFeed: dependencies.changeFeed,
            peerFeed: dependencies.peerFeed
        ).add(to: authenticated)
        let answers = IdempotentRequests(store: dependencies.store)
        BucketRoutes(desk: dependencies.bucketDesk, answers: answers).add(to: authenticated)
        PeerRoutes(
            store: dependencies.store,
            changeFeed: dependencies.changeFeed,
            provisioner: dependencies.provisioner,
            tunnel: dependencies.tunnel,
            mover: dependencies.mover,
            peerFeed: dependencies.peerFeed,
            standing: standing,
            answers: answers
        ).add(to: authenticated)
        EventRoutes(
            store: dependencies.store,
            peerFeed: dependencies.peerFeed,
            tunnel: dependencies.tunnel,
            authenticator: authenticator,
            standing: standing
        ).add(to: authenticated)
        router.refuseOtherMethods()
        return router
    }
}
