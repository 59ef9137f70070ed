import COpenSSL
import Glibc
import LinkProtocol

/// One TLS connection that carries frames, without ever blocking: `connecting → handshaking → open`.
///
/// The owner polls `descriptor` for `interest`, and calls `advance` when something is ready.
final class Channel {
    enum State: Hashable { case connecting, handshaking, open }

    /// More than this waiting to be written means that the other side does not read: 4 MiB.
    static let queuedByteCountMax = 4 << 20
    /// One turn reads at most this much, so that a fast sender cannot keep the loop from its other duties: 1 MiB.
    private static let byteCountPerTurn = 1 << 20

    let descriptor: Int32
    let address: SocketAddress
    private(set) var state = State.connecting
    /// True when the last `advance` stopped at its limit: more can be read at once, whatever poll(2) says.
    private(set) var hasMore = false
    private let ssl: OpaquePointer
    private let applicationProtocol: String
    private var decoder = FrameDecoder()
    private var outgoing: [UInt8] = []
    private var written = 0
    private var wantsToWrite = false
    /// An end that came behind whole frames: told once they are handed out.
    private var failure: LinkFailure?
    private var scratch = [UInt8](repeating: 0, count: 16 * 1024)

    init(to address: SocketAddress, _ context: borrowing TLSContext) throws(LinkFailure) {
        self.address = address
        applicationProtocol = context.applicationProtocol
        descriptor = try Self.openSocket(address)
        do {
            ssl = try context.connection(over: descriptor)
        } catch {
            close(descriptor)
            throw .tls(error)
        }
    }

    deinit {
        SSL_free(ssl)
        close(descriptor)
    }

    /// `POLLIN`, `POLLOUT` or both.
    var interest: Int16 {
        if state == .connecting { return Int16(POLLOUT) }
        let writing = wantsToWrite || (state == .open && written < outgoing.count)
        return Int16(writing ? POLLIN | POLLOUT : POLLIN)
    }

    /// Queues a payload, and writes what the socket takes. An error shows at the next `advance`.
    func send(_ payload: [UInt8]) throws(LinkFailure) {
        if written == outgoing.count {
            outgoing.removeAll(keepingCapacity: outgoing.count < 1 << 16)
            written = 0
        }
        outgoing += FrameEncoder.encode(payload)
        let waiting = outgoing.count - written
        guard waiting <= Self.queuedByteCountMax else { throw .unread(byteCount: waiting) }
        if state == .open { try flush() }
    }

    /// Goes as far as it can without waiting. `handshaken` is called once, before anything is sent or believed.
    ///
    /// - Returns: the payloads that arrived whole.
    func advance(handshaken: (OpaquePointer) throws(LinkFailure) -> Void) throws(LinkFailure) -> [[UInt8]] {
        if state == .connecting {
            guard try isConnected() else { return [] }
            state = .handshaking
        }
        if state == .handshaking {
            guard try shakeHands() else { return [] }
            try handshaken(ssl)
            state = .open
        }
        try flush()
        return try readFrames()
    }

    /// Says goodbye as TLS does, as far as the socket takes it.
    func finish() {
        if state == .open {
            try? flush()
            SSL_shutdown(ssl)
            OpenSSLError.drain()
        }
    }
}

extension Channel {
    private static func openSocket(_ address: SocketAddress) throws(LinkFailure) -> Int32 {
        _ = ignorePipeSignal
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw .connect(address: address.description, errno: errno) }
        var yes: Int32 = 1
        // A change must not wait for the acknowledgement of the one before (Nagle's algorithm).
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let status = address.withPointer { connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            let cause = errno
            close(descriptor)
            throw .connect(address: address.description, errno: cause)
        }
        return descriptor
    }

    /// OpenSSL writes with write(2), which would end the process when the other side is gone.
    private static let ignorePipeSignal: Void = { signal(SIGPIPE, SIG_IGN) }()

    private func isConnected() throws(LinkFailure) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 0) == 1 else { return false }
        var cause: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &cause, &size)
        guard cause == 0 else { throw .connect(address: address.description, errno: cause) }
        return true
    }

    private func shakeHands() throws(LinkFailure) -> Bool {
        let status = SSL_do_handshake(ssl)
        if status == 1 {
            wantsToWrite = false
            try requireApplicationProtocol()
            return true
        }
        let verdict = SSL_get_verify_result(ssl)
        do {
            try check(status, "the TLS handshake")
            return false
        } catch {
            guard case .tls = error, verdict != Int(X509_V_OK) else { throw error }
            throw .untrusted(reason: VerifyResult.text(verdict))
        }
    }

    private func requireApplicationProtocol() throws(LinkFailure) {
        var chosen: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &chosen, &count)
        let name = String(decoding: UnsafeBufferPointer(start: chosen, count: Int(count)), as: UTF8.self)
        guard name == applicationProtocol else { throw .wrongProtocol(offered: applicationProtocol) }
    }

    private func flush() throws(LinkFailure) {
        while written < outgoing.count {
            let status = outgoing[written...].withUnsafeBytes { SSL_write(ssl, $0.baseAddress, Int32($0.count)) }
            guard status > 0 else { return try check(status, "writing") }
            written += Int(status)
        }
        wantsToWrite = false
    }

    private func readFrames() throws(LinkFailure) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var total = 0
        if let failure { throw failure }
        hasMore = false
        while true {
            let count = SSL_read(ssl, &scratch, Int32(scratch.count))
            guard count > 0 else {
                do { try check(count, "reading") } catch {
                    guard !payloads.isEmpty else { throw error }
                    failure = error
                    hasMore = true
                }
                return payloads
            }
            total += Int(count)
            decoder.append(scratch[..<Int(count)])
            do throws(FrameDecoder.Malformed) {
                while let payload = try decoder.next() { payloads.append(payload) }
            } catch {
                throw .frame(error)
            }
            if total >= Self.byteCountPerTurn {
                hasMore = true
                return payloads
            }
        }
    }

    /// Passes over what only means "later"; throws what is an end.
    private func check(_ status: Int32, _ operation: String) throws(LinkFailure) {
        let cause = errno
        switch SSL_get_error(ssl, status) {
        case SSL_ERROR_WANT_READ: wantsToWrite = false
        case SSL_ERROR_WANT_WRITE: wantsToWrite = true
        case SSL_ERROR_ZERO_RETURN:
            OpenSSLError.drain()
            throw .ended(midFrame: decoder.isMidFrame)
        case SSL_ERROR_SYSCALL where cause != 0:
            OpenSSLError.drain()
            throw .broken(errno: cause)
        default: throw .tls(OpenSSLError(operation))
        }
    }
}
