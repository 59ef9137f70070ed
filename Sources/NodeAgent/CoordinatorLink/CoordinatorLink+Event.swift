import LinkProtocol
import Model

extension CoordinatorLink {
    /// What the agent is to do, in this order.
    public enum Event: Hashable, Sendable {
        /// The coordinator said welcome: adopt the network that it tells.
        case adopt(Welcome)
        /// The version that the coordinator wants now, as `Welcome` says it first; nil for none.
        case desiredVersion(String?)
        /// Store durably, program, then say `stored` or `storeFailed`. A run of these may be stored at once.
        case store(Delta, contentHash: [UInt8])
        case storeSnapshot(Snapshot)
        /// Send a heartbeat now.
        case heartbeatDue
        /// A new certificate is on disk and in use from the next connection on.
        case renewed(expires: Timestamp)
        case renewalFailed(reason: String)
        /// No link any more; the next attempt comes after that time, at once when it is nil.
        case down(LinkFailure, retryAfter: Duration?)
    }
}
