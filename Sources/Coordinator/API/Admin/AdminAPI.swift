import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Newcomers
import ServiceLifecycle

/// The operators' listener: `/admin/v1`, over TLS 1.3, for those who hold an operator's certificate.
public struct AdminAPI: Service {
    private let application: any ApplicationProtocol & Service
    private let refusals: RefusedAccess

    public static let connectionsMax = 256

    /// - Parameters:
    ///   - certificateLifetime: of the listener's own certificate, which is made anew at half of it.
    ///   - onListening: called with the port once it is bound.
    /// - Throws: when the listener's certificate cannot be made.
    public init(
        address: (host: String, port: Int),
        services: AdminServices,
        certificateLifetime: Duration = .seconds(30 * 86_400),
        limits: ListenerLimits = ListenerLimits(connectionsMax: connectionsMax),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let tls = AdminTLS(authority: services.authority, lifetime: certificateLifetime)
        try tls.prepare()
        refusals = services.refusals
        // Half of the connections at most: whoever has shown a certificate keeps the others.
        let newcomers = Newcomers(NewcomerLimits(all: max(1, limits.connectionsMax / 2)))
        application = Application(
            router: Self.router(services),
            server: HTTPServerBuilder { responder in
                AdminChannel(base: limits.channel(responder), tls: tls, newcomers: newcomers)
            },
            configuration: limits.configuration(address),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    public func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [refusals] in await refusals.run() }
            defer { group.cancelAll() }
            try await application.run()
        }
        await refusals.finish()
    }

    static func router(_ services: AdminServices) -> Router<AdminContext> {
        let router = Router(context: AdminContext.self)
        router.add(middleware: ErrorsAsProblems())
        router.add(middleware: OperatorAuthentication(services: services))
        let group = router.group("admin/v1")
        for route in AdminRoute.all {
            group.on(RouterPath(route.path), method: route.method) { request, context in
                try await route.answer(request, context, services)
            }
        }
        router.refuseOtherMethods()
        return router
    }
}
