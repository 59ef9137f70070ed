import Glibc

/// A port that a host listens on, for both families.
public final class TCPService: Sendable {
    private let socket: HostSocket
    private let name: String

    public init(on host: Host, port: UInt16) throws {
        name = "port \(port) of \(host.name)"
        socket = try host.inside {
            let socket = try HostSocket(SOCK_STREAM, family: AF_INET6)
            try socket.bind(to: SocketEndpoint("::", port: port))
            try require(listen(socket.descriptor, 64) == 0, "listen: \(String(cString: strerror(errno)))")
            socket.setLimit(.seconds(5))
            return socket
        }
    }

    /// The next connection.
    public func accept() throws -> TCPConnection {
        let descriptor = Glibc.accept(socket.descriptor, nil, nil)
        try require(descriptor >= 0, "nobody came to \(name): \(String(cString: strerror(errno)))")
        return TCPConnection(HostSocket(adopting: descriptor))
    }
}
