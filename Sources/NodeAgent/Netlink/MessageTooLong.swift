/// An attribute would not fit its 16-bit length field.
public struct MessageTooLong: Error, Hashable, Sendable {
    /// Bytes, with the attribute's header.
    public let byteCount: Int
}
