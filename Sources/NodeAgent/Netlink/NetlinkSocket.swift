import CNetlink
import Glibc

/// A conversation with one family of the kernel: a request at a time, each answered before the next.
///
/// The handle has one owner, so the socket may move between threads but never be used by two.
public struct NetlinkSocket: ~Copyable, @unchecked Sendable {
    /// Attempts to read a state that changes while it is read.
    public static let dumpAttempts = 8
    /// The kernel fills at most 32 KiB of one receive of a dump; an acknowledgement may repeat a long request.
    static let receiveBufferByteCount = 128 * 1024

    public enum Bus: Sendable {
        case route, generic, netfilter

        var number: Int32 {
            switch self {
            case .route: Int32(NETLINK_ROUTE)
            case .generic: Int32(NETLINK_GENERIC)
            case .netfilter: Int32(NETLINK_NETFILTER)
            }
        }
    }

    private let handle: OpaquePointer
    private let portID: UInt32
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: receiveBufferByteCount)

    /// - Parameter timeout: how long to wait for each part of an answer.
    public init(_ bus: Bus, timeout: Duration = .seconds(5)) throws(NetlinkError) {
        guard let handle = mnl_socket_open2(bus.number, Int32(SOCK_CLOEXEC.rawValue)) else {
            throw .system(call: .open, errno: errno)
        }
        do throws(NetlinkError) {
            try Self.configure(handle, timeout: timeout)
        } catch {
            mnl_socket_close(handle)
            throw error
        }
        self.handle = handle
        portID = mnl_socket_get_portid(handle)
    }

    deinit {
        mnl_socket_close(handle)
    }

    private static func configure(_ handle: OpaquePointer, timeout: Duration) throws(NetlinkError) {
        guard mnl_socket_bind(handle, 0, MNL_SOCKET_AUTOPID) == 0 else {
            throw .system(call: .bind, errno: errno)
        }
        // Better answers, and stricter reading of requests. A kernel that is too old for one of them works without it.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            var on: Int32 = 1
            _ = mnl_socket_setsockopt(handle, Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
        }
        let (seconds, attoseconds) = timeout.components
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        guard setsockopt(mnl_socket_get_fd(handle), SOL_SOCKET, SO_RCVTIMEO, &limit, size) == 0 else {
            throw .system(call: .setOption, errno: errno)
        }
    }

    /// Sends a request and waits for its acknowledgement.
    ///
    /// - Parameter answer: called for each message that the kernel sends before the acknowledgement.
    public mutating func request(
        _ message: inout MessageEncoder,
        answer: (MessageHeader, RawSpan) throws(MalformedMessage) -> Void = { _, _ in }
    ) throws(NetlinkError) {
        try send(&message, adding: [.request, .acknowledge])
        while true {
            switch try receive(answer) {
            case .more: continue
            case .end(let acknowledgement, _):
                guard acknowledgement.errno == 0 else {
                    throw .refused(errno: acknowledgement.errno, text: acknowledgement.text)
                }
                return
            }
        }
    }

    /// Reads a list whole. When the kernel says that the list changed meanwhile, it is read anew, with a new `empty`.
    public mutating func dump<State>(
        _ message: inout MessageEncoder,
        into empty: () -> State,
        each: (inout State, MessageHeader, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) -> State {
        for _ in 0..<Self.dumpAttempts {
            var state = empty()
            try send(&message, adding: [.request, .dump])
            if try !readDump(into: &state, each: each) { return state }
        }
        throw .dumpInterrupted(attempts: Self.dumpAttempts)
    }

    /// The first message of a list, for what only its head holds. Uses up the socket: the rest would follow.
    public consuming func firstOfDump(
        _ message: inout MessageEncoder,
        each: (MessageHeader, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) {
        defer { buffer.wipe() }
        try send(&message, adding: [.request, .dump])
        if case .end(let acknowledgement, _) = try receive(each), acknowledgement.errno != 0 {
            throw .refused(errno: acknowledgement.errno, text: acknowledgement.text)
        }
    }

    /// Returns true when the dump was interrupted. A message that cannot be read does not stop the reading, because
    /// the kernel refuses a second dump while one is under way.
    private mutating func readDump<State>(
        into state: inout State,
        each: (inout State, MessageHeader, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) -> Bool {
        var isInterrupted = false
        var malformed: MalformedMessage?
        while true {
            let part = try receive { header, payload throws(MalformedMessage) in
                isInterrupted = isInterrupted || header.flags.contains(.dumpInterrupted)
                guard malformed == nil, !isInterrupted else { return }
                do throws(MalformedMessage) {
                    try each(&state, header, payload)
                } catch {
                    malformed = error
                }
            }
            guard case .end(let acknowledgement, let flags) = part else { continue }
            if isInterrupted || flags.contains(.dumpInterrupted) { return true }
            if let malformed { throw .malformed(malformed) }
            guard acknowledgement.errno == 0 else {
                throw .refused(errno: acknowledgement.errno, text: acknowledgement.text)
            }
            return false
        }
    }

    private mutating func send(_ message: inout MessageEncoder, adding flags: MessageFlags) throws(NetlinkError) {
        sequence &+= 1
        message.seal(adding: flags, sequence: sequence, portID: portID)
        while true {
            let sent = message.bytes.withUnsafeBytes { mnl_socket_sendto(handle, $0.baseAddress!, $0.count) }
            if sent >= 0 { return }
            if errno == EMSGSIZE { throw .requestTooLong(byteCount: message.bytes.count) }
            if errno != EINTR { throw .system(call: .send, errno: errno) }
        }
    }

    private enum Part {
        case more
        case end(Acknowledgement, MessageFlags)
    }

    /// One receive: hands on what answers the present request, passes over what is left of an earlier one.
    private mutating func receive(
        _ answer: (MessageHeader, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) -> Part {
        let count = try SocketReceive.once(handle, into: &buffer)
        do throws(MalformedMessage) {
            let received = buffer.span.bytes.extracting(0..<count)
            var cursor = MessageCursor()
            while let found = try cursor.next(in: received) {
                guard found.header.sequence == sequence, found.header.portID == portID else { continue }
                let payload = received.extracting(found.payload)
                let flags = found.header.flags
                switch found.header.type {
                case MessageType.noOperation: continue
                case MessageType.error: return .end(try Acknowledgement(error: payload, flags: flags), flags)
                case MessageType.done: return .end(try Acknowledgement(done: payload, flags: flags), flags)
                default: try answer(found.header, payload)
                }
            }
        } catch {
            throw .malformed(error)
        }
        return .more
    }

    /// Overwrites what was received last, where it held a secret.
    public mutating func wipe() {
        buffer.wipe()
    }
}
