import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on the loopback that answers as the test says, in place of one that cannot run here.
public final class StandInServer: Sendable {
    public struct Request: Hashable, Sendable {
        public let method: String
        public let target: String
        public let headers: HTTPHeaders
        /// As it came.
        public let bytes: [UInt8]

        public var body: String { String(decoding: bytes, as: UTF8.self) }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(method)
            hasher.combine(target)
            hasher.combine(bytes)
        }
    }

    public struct Answer: Sendable {
        public enum Hang: Hashable, Sendable {
            case beforeHead
            /// A byte of the body never comes.
            case inBody
        }

        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]
        let hang: Hang?
        /// How long it takes to begin.
        public var delay: Duration = .zero

        public init(status: Int, headers: HTTPHeaders = [:], body: String = "", hang: Hang? = nil) {
            self.init(status: status, headers: headers, bytes: Array(body.utf8), hang: hang)
        }

        public init(status: Int, headers: HTTPHeaders = [:], bytes: [UInt8], hang: Hang? = nil) {
            self.status = status
            self.headers = headers
            self.bytes = bytes
            self.hang = hang
        }
    }

    private let seen = Mutex<[Request]>([])
    private let answer: @Sendable (Request, _ number: Int) -> Answer

    public var requests: [Request] { seen.withLock { $0 } }

    private init(_ answer: @escaping @Sendable (Request, Int) -> Answer) {
        self.answer = answer
    }

    /// - Parameters:
    ///   - answer: called with each request and its number from 1.
    ///   - body: gets the server and its base URL, without a slash at the end.
    public static func run<Value>(
        answering answer: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (_ server: StandInServer, _ base: String) async throws -> Value
    ) async throws -> Value {
        let server = StandInServer(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }

    private func respond(to request: Request) -> Answer {
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count
        }
        return answer(request, number)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: StandInServer
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ server: StandInServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body += part.readableBytesView
            case .end: answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let request = Request(method: head.method.rawValue, target: head.uri, headers: head.headers, bytes: body)
            let answer = server.respond(to: request)
            guard answer.hang != .beforeHead else { return }
            guard answer.delay > .zero else { return send(answer, context) }
            let delay = TimeAmount.nanoseconds(Int64(answer.delay / .nanoseconds(1)))
            context.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.send(answer, context) }
        }

        private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
            let missing = answer.hang == .inBody ? 1 : 0
            var headers = answer.headers
            headers.replaceOrAdd(name: "Content-Length", value: "\(answer.bytes.count + missing)")
            let status = HTTPResponseStatus(statusCode: answer.status)
            let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.bytes)))), promise: nil)
            if missing == 0 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
