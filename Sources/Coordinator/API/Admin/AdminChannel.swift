import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// HTTP within TLS, whose certificate is the newest at each connection.
struct AdminChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: BoundedChannel
    let tls: AdminTLS

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(tls.serverHandler())
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
