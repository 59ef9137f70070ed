import Model
import NIOCore

extension Channel {
    /// Whom the connection comes from; a socket that listens for both families shows IPv4 as IPv6.
    public var peerAddress: IPAddress? { remoteAddress?.ipAddress.flatMap { IPAddress($0)?.unmapped } }
}
