import Glibc

/// A socket of one of the lab's hosts, closed with its owner.
final class HostSocket: Sendable {
    let descriptor: Int32

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    convenience init(_ type: __socket_type, family: Int32) throws {
        let descriptor = socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try require(descriptor >= 0, "socket: \(String(cString: strerror(errno)))")
        self.init(adopting: descriptor)
    }

    deinit { close(descriptor) }

    func bind(to endpoint: SocketEndpoint) throws {
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = endpoint.withPointer { Glibc.bind(descriptor, $0, $1) }
        try require(code == 0, "bind to \(endpoint.address): \(String(cString: strerror(errno)))")
    }

    /// How long a call may wait.
    func setLimit(_ limit: Duration) {
        var time = timeval(tv_sec: Int(limit.seconds), tv_usec: Int(limit.milliseconds) % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
}
