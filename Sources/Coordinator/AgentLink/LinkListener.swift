import CertificateAuthority
import Cryptography
import Logging
import Model
import NIOCore
import NIOPosix
import Placement
import ServiceLifecycle
import Store

/// The port that nodes dial: accepts, and runs each connection as a child task of its own.
///
/// A graceful shutdown closes the port and tells every link why it ends.
public struct LinkListener: Service {
    private let services: LinkServices
    private let tls: ListenerTLS
    private let onListening: @Sendable (Int) -> Void

    /// - Parameter onListening: called with the port each time it is bound.
    public init(
        configuration: LinkConfiguration,
        store: Store,
        changeFeed: ChangeFeed,
        authority: CertificateAuthority,
        pepper: Pepper,
        addressPool: AddressPool,
        instance: InstanceID,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        services = LinkServices(
            configuration: configuration,
            store: store,
            changeFeed: changeFeed,
            authority: authority,
            pepper: pepper,
            addressPool: addressPool,
            instance: instance,
            logger: logger,
            unauthenticated: Slots(limit: configuration.unauthenticatedLimit),
            snapshots: Slots(limit: configuration.snapshotLimit)
        )
        tls = ListenerTLS(authority: authority, lifetime: configuration.serverCertificateLifetime)
        self.onListening = onListening
    }

    /// - Throws: when the port cannot be bound at the start, or the listener's certificate cannot be made.
    public func run() async throws {
        _ = try tls.context(now: WallClock.now())
        var server = try await bind()
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                do {
                    try await accept(from: server, into: &group)
                    return
                } catch let error as CancellationError {
                    throw error
                } catch {
                    // Out of file descriptors, most likely: the links that stand go on.
                    services.logger.error("accepting connections failed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: .seconds(1))
                server = try await bind()
            }
        }
    }

    private func bind() async throws -> NIOAsyncChannel<AcceptedConnection, Never> {
        let listen = services.configuration.listen
        let limit = services.configuration.openingLimit
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: listen.host, port: Int(listen.port)) { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    try AcceptedConnection(channel, tls: tls, limit: limit)
                }
            }
        let port = server.channel.localAddress?.port ?? 0
        services.logger.info("listening for nodes", metadata: ["port": "\(port)"])
        onListening(port)
        return server
    }

    private func accept(
        from server: NIOAsyncChannel<AcceptedConnection, Never>,
        into group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let channel = server.channel
        try await withGracefulShutdownHandler {
            try await server.executeThenClose { inbound in
                for try await connection in inbound {
                    group.addTask { [services] in await NodeConnection(connection, services).serve() }
                }
            }
        } onGracefulShutdown: {
            channel.close(promise: nil)
        }
    }
}
