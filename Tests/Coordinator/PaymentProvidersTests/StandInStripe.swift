import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on the loopback that answers as the test says: Stripe itself cannot run here.
final class StandInStripe: Sendable {
    struct Request: Hashable, Sendable {
        let method: String
        let target: String
        let authorization: String?
        let idempotencyKey: String?
        let body: String
    }

    struct Answer: Sendable {
        let status: Int
        let body: String
    }

    private let seen = Mutex<[Request]>([])
    private let answer: @Sendable (Request, _ number: Int) -> Answer

    var requests: [Request] { seen.withLock { $0 } }

    private init(_ answer: @escaping @Sendable (Request, Int) -> Answer) {
        self.answer = answer
    }

    /// - Parameter answer: called with each request and its number from 1.
    static func run(
        answering answer: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (_ server: StandInStripe, _ base: String) async throws -> Void
    ) async throws {
        let server = StandInStripe(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
            try await channel.close()
        } catch {
            try await channel.close()
            throw error
        }
    }

    fileprivate func respond(to request: Request) -> Answer {
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count
        }
        return answer(request, number)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: StandInStripe
        private var head: HTTPRequestHead?
        private var body = ""

        init(_ server: StandInStripe) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ""
            case .body(let part): body += String(buffer: part)
            case .end: answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let request = Request(
                method: head.method.rawValue,
                target: head.uri,
                authorization: head.headers.first(name: "Authorization"),
                idempotencyKey: head.headers.first(name: "Idempotency-Key"),
                body: body
            )
            let answer = server.respond(to: request)
            let buffer = ByteBuffer(string: answer.body)
            let headers: HTTPHeaders = ["Content-Length": "\(buffer.readableBytes)"]
            let response = HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: answer.status),
                headers: headers
            )
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
