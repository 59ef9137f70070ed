/// Why a conversation with the kernel failed.
public enum NetlinkError: Error, Hashable, Sendable {
    /// A call on the socket itself failed with this `errno`.
    case system(call: SystemCall, errno: Int32)
    /// The kernel refused the request; the text is its extended acknowledgement, where it gave one.
    case refused(errno: Int32, text: String?)
    /// No answer within the socket's time limit: whether the request took effect is unknown.
    case timedOut
    /// The kernel dropped answers for want of buffer space (`ENOBUFS`): read the state again.
    case overrun
    /// An answer was longer than the receive buffer.
    case answerTooLong
    /// The state changed under every attempt to read it (`NLM_F_DUMP_INTR`).
    case dumpInterrupted(attempts: Int)
    case malformed(MalformedMessage)
    case requestTooLong(byteCount: Int)

    public enum SystemCall: String, Hashable, Sendable {
        case open, bind, send, receive, setOption
    }
}
