import Model

/// What the interface should be.
public struct DeviceConfiguration: Sendable {
    public let name: InterfaceName
    /// 32 bytes; nil: the interface keeps what it has.
    public let privateKey: Secret<[UInt8]>?
    /// UDP.
    public let listenPort: UInt16
    public let network: TunnelNetwork

    /// Nil for a private key that has not 32 bytes.
    public init?(name: InterfaceName, privateKey: Secret<[UInt8]>?, listenPort: UInt16, network: TunnelNetwork) {
        guard privateKey.map({ $0.reveal().count == PublicKey.byteCount }) ?? true else { return nil }
        self.name = name
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.network = network
    }
}
