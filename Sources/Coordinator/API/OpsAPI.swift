import Hummingbird
import HummingbirdCore
import HTTPTypes
import Logging
import ServiceLifecycle

/// The ops listener: is the process alive, can it serve, and its figures. No customer's business passes here.
public struct OpsAPI: Service {
    private let application: any ApplicationProtocol & Service

    /// - Parameters:
    ///   - connectionsMax: a few scrapers and probes.
    ///   - readiness: what keeps the service from serving, one sentence each; empty when nothing does.
    ///   - metrics: Prometheus' text format.
    ///   - onListening: called once the port is bound.
    public init(
        address: (host: String, port: Int),
        connectionsMax: Int = 64,
        logger: Logger,
        readiness: @escaping @Sendable () async -> [String],
        metrics: @escaping @Sendable () async -> String,
        onListening: @escaping @Sendable () -> Void = {}
    ) {
        let router = Router(context: BasicRequestContext.self)
        router.get("livez") { _, _ in Self.text("ok\n") }
        router.get("readyz") { _, _ in
            let reasons = await readiness()
            return reasons.isEmpty
                ? Self.text("ok\n")
                : Self.text(reasons.map { "\($0)\n" }.joined(), status: .serviceUnavailable)
        }
        router.get("metrics") { _, _ in Self.text(await metrics(), type: "text/plain; version=0.0.4; charset=utf-8") }
        router.refuseOtherMethods()
        let limits = ListenerLimits(connectionsMax: connectionsMax)
        application = Application(
            router: router,
            server: HTTPServerBuilder { responder in limits.channel(responder) },
            configuration: limits.configuration(address),
            onServerRunning: { _ in onListening() },
            logger: logger
        )
    }

    public func run() async throws {
        try await application.run()
    }

    private static func text(
        _ text: String,
        status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
