/// A WireGuard public key: a Curve25519 point, 32 bytes (RFC 7748), written in standard base64 (44 characters).
public struct PublicKey: Hashable, Sendable, Comparable {
    public static let byteCount = 32

    /// Big-endian, so that the order of keys is the order of their bytes. In place and not in an array of its own: a
    /// node holds a hundred thousand of them.
    @usableFromInline
    let words: KeyWords

    /// Exactly 32 bytes, in the order in which they travel.
    public var bytes: [UInt8] { words.bytes }

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
        words = KeyWords(bytes)
    }

    /// - Parameter text: 44 characters of standard base64, as `wg pubkey` prints them.
    public init(base64 text: some StringProtocol) throws(Malformed) {
        guard let bytes = Base64.decode(text) else { throw .notBase64 }
        try self.init(bytes: bytes)
    }

    /// A key that the kernel or the database already holds: only its length is checked.
    ///
    /// The kernel accepts any 32 bytes from other programs, and the reconciler must be able to name and remove them.
    @inlinable
    public init?(uncheckedBytes bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        words = KeyWords(bytes)
    }

    public var base64: String { Base64.encode(bytes) }

    public static func < (left: Self, right: Self) -> Bool {
        left.words < right.words
    }
}

extension PublicKey: CustomStringConvertible {
    public var description: String { base64 }
}
