import DatabaseTestSupport
import Foundation
import NIOCore
import NIOPosix
import Testing

/// The built coordinator with few files to open: each listener's share keeps the process below the limit, newcomers beyond
/// it wait, whoever is connected stays, and it recovers.
///
/// The limit itself must not be reached: libdispatch looks at its threads through /proc/self/task each second, and ends the
/// process where it cannot open a file for that (`_dispatch_workq_monitor_pools`).
@Suite(.serialized, .timeLimit(.minutes(10))) struct FileLimitTests {
    private static let fileLimit = 256
    /// More than the largest share, which is the customers'.
    private static let floodCount = 150
    private static let listeners = ["link", "api", "admin", "ops"]

    @Test func `at the limit of open files each listener keeps whom it has, and takes newcomers again afterwards`()
        async throws
    {
        try await withCoordinator { process, ports in
            let ops = try #require(ports["ops"])
            let kept = try await Connection.open(ops)
            #expect(try await kept.get("/livez"))
            for listener in Self.listeners {
                let port = try #require(ports[listener])
                var flood: [any Channel] = []
                for _ in 0..<Self.floodCount { flood.append(try await Connection.open(port).channel) }
                // What is beyond the listener's share was accepted by the kernel alone.
                #expect(try await kept.get("/livez"), "the \(listener) listener was flooded")
                #expect(process.isRunning)
                for channel in flood { try? await channel.close() }
                let later = try await Connection.open(ops)
                #expect(try await later.get("/livez"), "after the flood of the \(listener) listener")
                try? await later.channel.close()
            }
            #expect(process.isRunning)
            try? await kept.channel.close()
        }
    }

    private func withCoordinator(_ body: (Process, [String: Int]) async throws -> Void) async throws {
        let database = try await TestDatabase.create()
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-files-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var ports: [String: Int] = [:]
        for listener in Self.listeners { ports[listener] = try await Self.freePort() }
        let sections = Self.listeners.map { "[\($0)]\nlisten = \"127.0.0.1:\(ports[$0] ?? 0)\"\n" }
        let text = """
            data_dir = "\(folder.path)"
            [database]
            url = '''\(database.connectionString)'''
            connections = 4
            \(sections.joined())
            """
        let file = folder.appending(path: "coordinator.toml")
        try Data(text.utf8).write(to: file)
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "holdfast-coordinator")
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "ulimit -n \(Self.fileLimit); exec \"$0\" serve --config \"$1\"", program.path, file.path,
        ]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let ended = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        do {
            try await until { try await Self.isReady(ports["ops"] ?? 0) }
            try await body(process, ports)
        } catch {
            process.terminate()
            throw error
        }
        process.terminate()
        for await _ in ended.stream {}
    }

    private static func isReady(_ port: Int) async throws -> Bool {
        guard let connection = try? await Connection.open(port) else { return false }
        let isReady = (try? await connection.get("/readyz")) ?? false
        try? await connection.channel.close()
        return isReady
    }

    private static func freePort() async throws -> Int {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { server.close(promise: nil) }
        return server.localAddress?.port ?? 0
    }

    /// A connection on which HTTP may be asked.
    private struct Connection {
        let channel: any Channel
        private let answers: Answers

        static func open(_ port: Int) async throws -> Connection {
            let answers = Answers()
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in channel.pipeline.addHandler(answers) }
                .connect(host: "127.0.0.1", port: port).get()
            return Connection(channel: channel, answers: answers)
        }

        /// Whether the answer is 200.
        func get(_ path: String) async throws -> Bool {
            let request = "GET \(path) HTTP/1.1\r\nHost: coordinator\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
            for await answer in answers.stream { return answer.hasPrefix("HTTP/1.1 200") }
            return false
        }
    }

    private final class Answers: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let (stream, continuation) = AsyncStream.makeStream(of: String.self)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            if text.hasPrefix("HTTP/") { continuation.yield(text) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
