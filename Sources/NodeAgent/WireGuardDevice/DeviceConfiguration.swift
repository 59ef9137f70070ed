import Model

/// What the interface should be.
public struct DeviceConfiguration: Sendable {
    public let name: InterfaceName
    /// 32 bytes.
    public let privateKey: Secret<[UInt8]>
    /// UDP.
    public let listenPort: UInt16
    public let network: TunnelNetwork

    /// Nil unless the private key has 32 bytes.
    public init?(name: InterfaceName, privateKey: Secret<[UInt8]>, listenPort: UInt16, network: TunnelNetwork) {
        guard privateKey.reveal().count == PublicKey.byteCount else { return nil }
        self.name = name
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.network = network
    }
}
