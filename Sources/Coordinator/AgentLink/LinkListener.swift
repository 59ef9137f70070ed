import CertificateAuthority
import Cryptography
import DaemonRuntime
import Logging
import Model
import NIOCore
import NIOPosix
import Placement
import ServiceLifecycle
import Store
import Newcomers

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
        counts: LinkCounts = LinkCounts(),
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
            quiet: QuietLogger(logger),
            counts: counts,
            newcomers: Newcomers(configuration.newcomers) { counts.count(.crowded) },
            snapshots: Slots(limit: configuration.snapshotLimit)
        )
        tls = ListenerTLS(authority: authority, lifetime: configuration.serverCertificateLifetime)
        self.onListening = onListening
    }

    /// - Throws: when the port cannot be bound at the start, or the listener's certificate cannot be made.
    public func run() async throws {
        _ = try tls.context(now: WallClock.now())
        let server = try await bind()
        try await withThrowingTaskGroup { group in
            group.addTask { [services] in
                while (try? await Task.sleep(for: .seconds(15))) != nil { services.quiet.writeCounts() }
                services.quiet.writeCounts()
            }
            defer { group.cancelAll() }
            try await serve(server)
        }
    }

    private func serve(_ first: NIOAsyncChannel<AcceptedConnection, Never>) async throws {
        var server = first
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
                server = try await bindAgain()
            }
        }
    }

    /// What kept the port from being served may keep it from being bound, too: that ends nothing but the wait.
    private func bindAgain() async throws -> NIOAsyncChannel<AcceptedConnection, Never> {
        while true {
            try await Task.sleep(for: .seconds(1))
            do {
                return try await bind()
            } catch {
                services.quiet.error("the nodes' port cannot be bound again", metadata: ["error": "\(error)"])
            }
        }
    }

    private func bind() async throws -> NIOAsyncChannel<AcceptedConnection, Never> {
        let listen = services.configuration.listen
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16 << 10)
            )
            .bind(host: listen.host, port: Int(listen.port)) { [tls, services] channel in
                channel.eventLoop.makeCompletedFuture {
                    do {
                        return try AcceptedConnection(channel, tls: tls, services: services)
                    } catch {
                        channel.close(promise: nil)
                        throw error
                    }
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
