/// A WireGuard public key: a Curve25519 point, 32 bytes (RFC 7748), written in standard base64 (44 characters).
public struct PublicKey: Hashable, Sendable, Comparable {
    public static let byteCount = 32

    /// Exactly 32 bytes, in the order in which they travel.
    public let bytes: [UInt8]

    /// Why bytes or text are not a key that a peer may have.
    public enum Malformed: Error, Hashable, Sendable {
        case notBase64
        case wrongLength(Int)
        /// All zero, or another point of small order: every such key gives the same shared secret.
        case lowOrder
    }

    /// - Parameter bytes: 32 bytes; any other count, and points of small order, are refused.
    public init(bytes: [UInt8]) throws(Malformed) {
        guard bytes.count == Self.byteCount else { throw .wrongLength(bytes.count) }
        guard !LowOrderPoints.contains(bytes) else { throw .lowOrder }
        self.bytes = bytes
    }

    /// - Parameter text: 44 characters of standard base64, as `wg pubkey` prints them.
    public init(base64 text: some StringProtocol) throws(Malformed) {
        guard let bytes = Base64.decode(text) else { throw .notBase64 }
        try self.init(bytes: bytes)
    }

    /// A key that the kernel or the database already holds: only its length is checked.
    ///
    /// The kernel accepts any 32 bytes from other programs, and the reconciler must be able to name and remove them.
    public init?(uncheckedBytes bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    public var base64: String { Base64.encode(bytes) }

    public static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension PublicKey: CustomStringConvertible {
    public var description: String { base64 }
}
