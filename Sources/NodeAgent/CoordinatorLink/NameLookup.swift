import Glibc

/// Looks a name up on a thread of its own: getaddrinfo(3) may wait for name servers as long as it likes, and the
/// agent's one loop must go on turning.
///
/// The thread shares nothing: it writes what it found into a pipe, whose other end the loop polls. A lookup that is
/// given up leaves the thread to end by itself, writing into a pipe that nobody reads.
final class NameLookup {
    /// Readable when the answer is there.
    let descriptor: Int32

    /// Passed to the thread, which owns it.
    private final class Question {
        let host: String
        let port: UInt16
        let answer: Int32

        init(host: String, port: UInt16, answer: Int32) {
            self.host = host
            self.port = port
            self.answer = answer
        }
    }

    static func start(_ host: String, port: UInt16) throws(LinkFailure) -> NameLookup {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .lookup(host: host, reason: "no pipe (\(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let question = Unmanaged.passRetained(Question(host: host, port: port, answer: ends[1]))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { NameLookup.answer($0) }, question.toOpaque())
        guard status == 0 else {
            question.release()
            close(ends[0])
            close(ends[1])
            throw .lookup(host: host, reason: "no thread (\(status))")
        }
        pthread_detach(thread)
        return NameLookup(descriptor: ends[0])
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether the answer is there.
    var isReady: Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, 0) == 1
    }

    /// The answer: each address with its length before it, or one negative number, the `EAI_` code.
    func finish(host: String) throws(LinkFailure) -> [SocketAddress] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        var addresses: [SocketAddress] = []
        var position = 0
        while position < bytes.count {
            let count = Int(bytes[position])
            guard count >= 2, position + 1 + count <= bytes.count else { break }
            addresses.append(SocketAddress(bytes: Array(bytes[(position + 1)...(position + count)])))
            position += 1 + count
        }
        guard addresses.isEmpty else { return addresses }
        let code = bytes.count == 2 ? Int32(Int8(bitPattern: bytes[1])) : Int32(EAI_FAIL)
        throw .lookup(host: host, reason: LookupError(code: code).description)
    }

    private static func answer(_ opaque: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let opaque else { return nil }
        let question = Unmanaged<Question>.fromOpaque(opaque).takeRetainedValue()
        var bytes: [UInt8] = []
        switch SocketAddress.lookUp(question.host, port: question.port) {
        case .success(let addresses):
            // 64 addresses fit the pipe's atomic write; nobody has more coordinators.
            for address in addresses.prefix(64) { bytes += [UInt8(address.bytes.count)] + address.bytes }
        case .failure(let error): bytes = [0, UInt8(bitPattern: Int8(truncatingIfNeeded: error.code))]
        }
        _ = write(question.answer, bytes, bytes.count)
        close(question.answer)
        return nil
    }
}
