import Glibc

/// A UDP port of one of the lab's hosts, for both families.
public final class UDPSocket: Sendable {
    private let socket: HostSocket

    /// - Parameter port: 0 for any.
    public init(on host: Host, port: UInt16 = 0) throws {
        socket = try host.inside {
            let socket = try HostSocket(SOCK_DGRAM, family: AF_INET6)
            try socket.bind(to: SocketEndpoint("::", port: port))
            socket.setLimit(.seconds(5))
            return socket
        }
    }

    /// - Parameter address: that of IPv4 too.
    public func send(_ text: String, to address: String, port: UInt16) throws {
        let target = try SocketEndpoint(address.contains(":") ? address : "::ffff:\(address)", port: port)
        let bytes = Array(text.utf8)
        let code = target.withPointer { Int32(sendto(socket.descriptor, bytes, bytes.count, 0, $0, $1)) }
        try require(code == bytes.count, "send to \(address): \(String(cString: strerror(errno)))")
    }

    /// The next datagram.
    public func receive() throws -> (text: String, from: String) {
        var bytes = [UInt8](repeating: 0, count: 2048)
        var count = 0
        let sender = try SocketEndpoint { address, length in
            count = recvfrom(socket.descriptor, &bytes, bytes.count, 0, address, length)
            return count < 0 ? -1 : 0
        }
        return (String(decoding: bytes[..<max(0, count)], as: UTF8.self), sender.address)
    }
}
