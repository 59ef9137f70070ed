import Glibc

/// How far a connection got.
public enum Reach: Hashable, Sendable {
    case reached
    /// A router on the way, or the host, said that it is forbidden (ICMP: administratively prohibited).
    case forbidden
    /// The host is there, and nothing listens.
    case nobodyListens
    /// No answer of any kind.
    case silent
    case failed(String)

    init(code: Int32) {
        switch code {
        // As Linux gives the ICMP message of either family (icmp_err_convert, icmpv6_err_convert).
        case EHOSTUNREACH, EACCES: self = .forbidden
        case ECONNREFUSED: self = .nobodyListens
        case EINPROGRESS, EAGAIN, ETIMEDOUT: self = .silent
        default: self = .failed(String(cString: strerror(code)))
        }
    }
}
