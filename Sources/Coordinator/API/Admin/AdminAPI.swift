import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The operators' listener: `/admin/v1`, over TLS 1.3, for those who hold an operator's certificate.
public struct AdminAPI: Service {
    private let application: any ApplicationProtocol & Service

    /// A connection that says nothing for longer is closed; longer than any request may wait.
    private static let idleLimit: TimeAmount = .seconds(120)
    private static let connectionsMax = 256

    /// - Parameters:
    ///   - certificateLifetime: of the listener's own certificate, which is made anew at half of it.
    ///   - onListening: called with the port once it is bound.
    /// - Throws: when the listener's certificate cannot be made.
    public init(
        address: (host: String, port: Int),
        services: AdminServices,
        certificateLifetime: Duration = .seconds(30 * 86_400),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let tls = AdminTLS(authority: services.authority, lifetime: certificateLifetime)
        try tls.prepare()
        var http = HTTP1Channel.Configuration(
            idleTimeout: Self.idleLimit,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8 << 10,
                maxHeaderListSize: 16 << 10,
                maxHeaderFieldCount: 64
            )
        )
        http.idleTimeout = Self.idleLimit
        let configuration = http
        application = Application(
            router: Self.router(services),
            server: HTTPServerBuilder { responder in
                AdminChannel(base: HTTP1Channel(responder: responder, configuration: configuration), tls: tls)
            },
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)
            ),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    public func run() async throws {
        try await application.run()
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
        return router
    }
}
