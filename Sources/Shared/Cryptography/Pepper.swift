import Model

/// The key under which secrets of customers and nodes are hashed before they are stored (keyed BLAKE2b).
///
/// A dump of the database alone then says nothing about them.
public struct Pepper: Sendable {
    /// Stored with each hash, so that a pepper can be replaced while the old one still verifies.
    public let version: Int16
    private let key: Secret<[UInt8]>

    /// - Parameter key: 32 to 64 bytes.
    public init?(version: Int16, key: [UInt8]) {
        guard (32...64).contains(key.count) else { return nil }
        self.version = version
        self.key = Secret(key)
    }

    /// 32 bytes. `context` keeps hashes made for different purposes apart.
    public func hash(_ secret: [UInt8], context: String) -> [UInt8] {
        BLAKE2b.hash(Array(context.utf8) + [0] + secret, key: key.reveal())
    }
}
