import Hummingbird
import HummingbirdCore
import NIOCore

/// What a listener bears of its clients: how many at once, and for how long each may keep it waiting.
public struct ListenerLimits: Sendable {
    /// Connections at once; further ones wait in the kernel's queue until one ends.
    public var connectionsMax: Int
    /// From the connection's first moment, TLS included, to the first request's whole head.
    public var headLimit: Duration = .seconds(15)
    /// From a request's head to the end of its body.
    public var bodyLimit: Duration = .seconds(30)
    /// How long a client may read nothing of what it is sent.
    public var writeLimit: Duration = .seconds(30)
    /// Between two requests. Longer than the 60 s that proxies usually keep a connection, so that they end it first.
    public var idleLimit: Duration = .seconds(75)
    /// How often a stream of events says that it is there, and looks whether its token still serves.
    public var keepAlive: Duration = .seconds(15)

    public init(connectionsMax: Int) {
        self.connectionsMax = connectionsMax
    }

    /// 16 KiB of fields: proxies add some, and a token is 53 bytes.
    func channel(_ responder: @escaping HTTPChannelHandler.Responder) -> BoundedChannel {
        let configuration = HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(idleLimit),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8 << 10,
                maxHeaderListSize: 16 << 10,
                maxHeaderFieldCount: 64
            )
        )
        return BoundedChannel(base: HTTP1Channel(responder: responder, configuration: configuration), limits: self)
    }

    func configuration(_ address: (host: String, port: Int)) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(address.host, port: address.port),
            serverName: nil,
            availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax)
        )
    }
}
