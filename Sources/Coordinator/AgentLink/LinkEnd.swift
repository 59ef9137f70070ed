import Database
import LinkMessages
import LinkProtocol
import NIOSSL
import Store

/// Why a connection ends, and what is said to the other side before it does.
struct LinkEnd: Error, Sendable {
    let reason: String
    let parting: CoordinatorMessage?
    /// As it is counted; nil for an end that is nobody's fault.
    let count: LinkCounts.Reason?

    /// The reason is stated to the other side, cut short.
    static func refused(_ reason: String, _ count: LinkCounts.Reason = .malformed) -> LinkEnd {
        let short = String(reason.prefix(CoordinatorSession.reasonLengthMax))
        return LinkEnd(reason: short, parting: .close(reason: short), count: count)
    }

    /// - Parameter delay: jitter is added, so that those who are sent away do not come back together.
    static func tryLater(_ reason: String, after delay: Duration, _ count: LinkCounts.Reason? = nil) -> LinkEnd {
        LinkEnd(
            reason: reason,
            parting: .tryLater(after: delay * Double.random(in: 0.5...1.5), reason: reason),
            count: count
        )
    }

    static let agentLeft = LinkEnd(reason: "the agent closed the connection")

    init(reason: String, parting: CoordinatorMessage? = nil, count: LinkCounts.Reason? = nil) {
        self.reason = reason
        self.parting = parting
        self.count = count
    }

    init(_ error: any Error) {
        switch error {
        case let end as LinkEnd: self = end
        case let fault as FrameDecoder.Malformed: self = .refused("malformed frame: \(fault)")
        case let fault as LinkCodec.Malformed: self = .refused("malformed message: \(fault)")
        case let refusal as LinkRefusal: self = Self.end(refusal)
        case let refusal as EnrolmentRefusal: self = .refused("\(refusal)", .joinToken)
        case is DatabaseError: self = .tryLater("the database is unavailable", after: .seconds(5))
        case is CancellationError: self = .tryLater("the coordinator is stopping", after: .seconds(1))
        case NIOSSLError.uncleanShutdown: self = LinkEnd(reason: "the connection was cut")
        default: self = LinkEnd(reason: "the connection failed: \(type(of: error))")
        }
    }

    private static func end(_ refusal: LinkRefusal) -> LinkEnd {
        switch refusal {
        case .unknownNode, .retired, .wireGuardKeyDiffers: .refused("\(refusal)", .certificate)
        case .alreadyLinked: .tryLater("\(refusal)", after: .seconds(15), .linked)
        case .linkedElsewhere: .tryLater("\(refusal)", after: .seconds(60), .otherMachine)
        case .otherMachine: .tryLater("\(refusal)", after: .seconds(300), .otherMachine)
        case .renewalsTooOften: .tryLater("\(refusal)", after: .seconds(300), .rate)
        }
    }
}
