import HummingbirdCore
import Logging
import Model
import NIOCore
import NIOSSL
import Newcomers

/// HTTP within TLS, whose certificate is the newest at each connection.
struct AdminChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: BoundedChannel
    let tls: AdminTLS
    /// Who has not presented an operator's certificate yet.
    let newcomers: Newcomers
    /// What each of them may send, TLS included.
    static let newcomerByteCountMax = 128 << 10

    /// There is no place for another newcomer.
    struct Crowded: Error {}

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let address = channel.peerAddress
            guard let ticket = newcomers.admit(channel, from: address) else {
                channel.close(promise: nil)
                throw Crowded()
            }
            let budget = NewcomerBudget(ticket, byteCountMax: Self.newcomerByteCountMax)
            try channel.pipeline.syncOperations.addHandler(budget)
            try channel.pipeline.syncOperations.addHandler(tls.serverHandler())
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
