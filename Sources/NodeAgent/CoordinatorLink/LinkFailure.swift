import LinkMessages
import LinkProtocol
import Model

/// Why there is no link. Every one of them leads to another attempt; none touches the tunnels.
public enum LinkFailure: Error, Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable {
        case lookup = "looking up the name"
        case connecting = "connecting"
        case handshake = "the TLS handshake"
        case welcome = "waiting for the coordinator's welcome"
    }

    case lookup(host: String, reason: String)
    case connect(address: String, errno: Int32)
    case timedOut(Phase)
    /// The coordinator's certificate does not hold.
    case untrusted(reason: String)
    /// The other side does not speak this protocol (ALPN).
    case wrongProtocol(offered: String)
    case tls(OpenSSLError)
    /// The connection broke (errno), or ended without a word.
    case broken(errno: Int32)
    case ended(midFrame: Bool)
    case frame(FrameDecoder.Malformed)
    case message(LinkCodec.Malformed)
    /// The coordinator reads too slowly: this many bytes wait.
    case unread(byteCount: Int)
    /// No answer to heartbeats for two intervals.
    case silent
    /// One side ended the session, and said why.
    case session(reason: String)
}
