import Glibc

/// A connection of one of the lab's hosts.
public final class TCPConnection: Sendable {
    private let socket: HostSocket

    init(_ socket: HostSocket) {
        self.socket = socket
        socket.setLimit(.seconds(5))
    }

    /// - Throws: ``LabFailure`` unless it is reached.
    public static func open(from host: Host, to address: String, port: UInt16) throws -> TCPConnection {
        let (reach, connection) = try dial(from: host, to: address, port: port, source: nil, within: .seconds(5))
        return try unwrap(connection, "\(host.name) to \(address) port \(port): \(reach)")
    }

    /// How far a connection gets.
    ///
    /// - Parameter source: the address to come from; nil leaves it to the routes.
    public static func reach(
        from host: Host,
        to address: String,
        port: UInt16,
        source: String? = nil,
        within limit: Duration = .seconds(5)
    ) throws -> Reach {
        try dial(from: host, to: address, port: port, source: source, within: limit).reach
    }

    private static func dial(
        from host: Host,
        to address: String,
        port: UInt16,
        source: String?,
        within limit: Duration
    ) throws -> (reach: Reach, connection: TCPConnection?) {
        try host.inside {
            let target = try SocketEndpoint(address, port: port)
            let socket = try HostSocket(SOCK_STREAM, family: target.family)
            if let source { try socket.bind(to: SocketEndpoint(source, port: 0)) }
            socket.setLimit(limit)
            let code = target.withPointer { connect(socket.descriptor, $0, $1) }
            guard code != 0 else { return (.reached, TCPConnection(socket)) }
            return (Reach(code: errno), nil)
        }
    }

    /// The other side's address, as this side sees it.
    public func peerAddress() throws -> String {
        try SocketEndpoint { getpeername(socket.descriptor, $0, $1) }.address
    }

    /// The most that this side puts into one segment, in bytes (tcp(7), TCP_MAXSEG).
    public func maximumSegment_bytes() -> Int {
        var size: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &size, &length)
        return Int(size)
    }

    public func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        let count = Glibc.send(socket.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        try require(count == bytes.count, "send: \(String(cString: strerror(errno)))")
    }

    /// As many bytes as `text` has, which must be these.
    public func expect(_ text: String) throws {
        var bytes = [UInt8](repeating: 0, count: text.utf8.count)
        let count = recv(socket.descriptor, &bytes, bytes.count, Int32(MSG_WAITALL))
        try require(count == bytes.count, "receive: \(String(cString: strerror(errno)))")
        try require(bytes == Array(text.utf8), "received \(String(decoding: bytes, as: UTF8.self)), not \(text)")
    }
}
