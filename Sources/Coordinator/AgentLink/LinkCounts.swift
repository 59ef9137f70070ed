import Synchronization

/// What this instance's link listener has refused since its start, by reason.
public final class LinkCounts: Sendable {
    /// Why a connection was closed, or a node's wish refused.
    public enum Reason: String, CaseIterable, Sendable {
        /// A newcomer beyond the places of its address, its network or all, or one who was silent and made room.
        case crowded
        /// More bytes than a newcomer may send.
        case tooLong = "too_long"
        /// No TLS, no Hello, or no request in time.
        case late
        /// Not the link's protocol.
        case malformed
        /// No certificate, or one that is not good.
        case certificate
        /// A join token that is none, or too many of them from one place.
        case joinToken = "join_token"
        /// A second link while the first lives.
        case linked
        /// The same from another machine, or one that an operator has to accept first.
        case otherMachine = "other_machine"
        /// Too many links, heartbeats, renewals or repetitions.
        case rate
        case other
    }

    private let counts = Mutex<[Reason: Int]>([:])

    public init() {}

    func count(_ reason: Reason) {
        counts.withLock { $0[reason, default: 0] += 1 }
    }

    public subscript(reason: Reason) -> Int { counts.withLock { $0[reason, default: 0] } }
}
