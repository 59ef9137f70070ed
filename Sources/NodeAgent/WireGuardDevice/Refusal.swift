import Model

/// A peer that could not be set. The others were.
public struct Refusal: Hashable, Sendable {
    public let publicKey: PublicKey
    public let reason: Reason

    public enum Reason: Hashable, Sendable {
        /// The kernel's errno, and its text where it gave one.
        case kernel(errno: Int32, text: String?)
        /// The key is the node's own; the kernel would pass over such a peer without a word.
        case ownKey
        /// The peer's allowed-ips do not fit a message one by one.
        case tooLong(byteCount: Int)
    }

    public init(publicKey: PublicKey, reason: Reason) {
        self.publicKey = publicKey
        self.reason = reason
    }
}
