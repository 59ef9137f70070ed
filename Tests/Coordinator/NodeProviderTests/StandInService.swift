import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A provider's HTTP service on the loopback that answers as the test says.
final class StandInService: Sendable {
    struct Request: Sendable {
        let method: String
        let headers: HTTPHeaders
        let body: String
    }

    struct Answer: Sendable {
        enum Hang: Hashable, Sendable { case beforeHead, inBody }

        let status: Int
        var headers: HTTPHeaders = [:]
        var body = ""
        var hang: Hang?
    }

    private let seen = Mutex<[Request]>([])
    private let answer: Answer

    var requests: [Request] { seen.withLock { $0 } }

    private init(_ answer: Answer) {
        self.answer = answer
    }

    static func run<Value>(
        answering answer: Answer,
        _ body: (_ service: StandInService, _ url: String) async throws -> Value
    ) async throws -> Value {
        let service = StandInService(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(service))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(service, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/nodes")
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let service: StandInService
        private var head: HTTPRequestHead?
        private var body = ""

        init(_ service: StandInService) {
            self.service = service
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
            let request = Request(method: head.method.rawValue, headers: head.headers, body: body)
            service.seen.withLock { $0.append(request) }
            let answer = service.answer
            guard answer.hang != .beforeHead else { return }
            var headers = answer.headers
            // A byte that never comes.
            let missing = answer.hang == .inBody ? 1 : 0
            headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.utf8.count + missing)")
            let status = HTTPResponseStatus(statusCode: answer.status)
            let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            if missing == 0 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
