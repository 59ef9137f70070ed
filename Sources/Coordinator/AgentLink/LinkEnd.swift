import Database
import LinkMessages
import LinkProtocol
import NIOSSL
import Store

/// Why a connection ends, and what is said to the other side before it does.
struct LinkEnd: Error, Sendable {
    let reason: String
    let parting: CoordinatorMessage?

    /// The reason is stated to the other side, cut short.
    static func refused(_ reason: String) -> LinkEnd {
        let short = String(reason.prefix(CoordinatorSession.reasonLengthMax))
        return LinkEnd(reason: short, parting: .close(reason: short))
    }

    /// - Parameter delay: jitter is added, so that those who are sent away do not come back together.
    static func tryLater(_ reason: String, after delay: Duration) -> LinkEnd {
        LinkEnd(reason: reason, parting: .tryLater(after: delay * Double.random(in: 0.5...1.5), reason: reason))
    }

    static let agentLeft = LinkEnd(reason: "the agent closed the connection", parting: nil)

    init(reason: String, parting: CoordinatorMessage?) {
        self.reason = reason
        self.parting = parting
    }

    init(_ error: any Error) {
        switch error {
        case let end as LinkEnd: self = end
        case let fault as FrameDecoder.Malformed: self = .refused("malformed frame: \(fault)")
        case let fault as LinkCodec.Malformed: self = .refused("malformed message: \(fault)")
        case let refusal as LinkRefusal: self = .refused("\(refusal)")
        case let refusal as EnrolmentRefusal: self = .refused("\(refusal)")
        case is DatabaseError: self = .tryLater("the database is unavailable", after: .seconds(5))
        case is CancellationError: self = .tryLater("the coordinator is stopping", after: .seconds(1))
        case NIOSSLError.uncleanShutdown: self = LinkEnd(reason: "the connection was cut", parting: nil)
        default: self = LinkEnd(reason: "the connection failed: \(type(of: error))", parting: nil)
        }
    }
}
