/// Bytes that are not what the kernel's headers promise.
public enum MalformedMessage: Error, Hashable, Sendable {
    /// Fewer bytes than the field at `offset` needs.
    case truncated(offset: Int, needed: Int, available: Int)
    /// A message's length field is smaller than its header, or larger than what was received.
    case messageLength(UInt32, available: Int)
    /// An attribute's length field is smaller than its header, or larger than what holds it.
    case attributeLength(UInt16, available: Int)
    /// An attribute of fixed size has another.
    case attributeSize(type: UInt16, expected: Int, actual: Int)
    /// An attribute without which the message has no meaning is not there.
    case missingAttribute(type: UInt16)
    /// Text that does not end, or is not UTF-8.
    case text(type: UInt16)
    /// A value that its field cannot have.
    case value(type: UInt16)
}
