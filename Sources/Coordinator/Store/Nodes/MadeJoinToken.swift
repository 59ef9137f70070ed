import Cryptography
import Model

/// A join token as it is handed out, this once.
public struct MadeJoinToken: Hashable, Sendable {
    public let token: JoinToken
    public let expiresAt: Timestamp
}
