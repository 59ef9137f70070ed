import Model

/// The key under which the audit log's chain is made. Whoever may write to the database does not have it, and cannot make
/// a chain that holds.
public struct AuditKey: Sendable {
    /// Stored with each seal, so that a key can have a successor while what the old one sealed still verifies.
    public let version: Int16
    private let key: Secret<[UInt8]>

    /// - Parameter key: 32 to 64 bytes.
    public init?(version: Int16, key: [UInt8]) {
        guard version > 0, (32...64).contains(key.count) else { return nil }
        self.version = version
        self.key = Secret(key)
    }

    /// 32 bytes: keyed BLAKE2b. `context` keeps what is made for different purposes apart.
    public func code(over message: [UInt8], context: String) -> [UInt8] {
        BLAKE2b.hash(Array(context.utf8) + [0] + message, key: key.reveal())
    }

    /// What the database may know of the key: enough to tell it from another, and nothing to seal with.
    public var check: [UInt8] { code(over: [], context: "holdfast audit key check") }
}

/// The keys of the audit log: the one that seals, and those that have sealed before.
public struct AuditKeys: Sendable {
    /// A place in the chain.
    public struct Mark: Hashable, Sendable {
        public let position: Int64
        public let hash: [UInt8]

        public init(position: Int64, hash: [UInt8]) {
            self.position = position
            self.hash = hash
        }
    }

    public static let countMax = 16

    public let current: AuditKey
    public let all: [Int16: AuditKey]
    /// Where the chain stood when the first key was made. Up to there it has no key, and this hash vouches for it; nil
    /// where every entry is sealed by a key.
    public let unkeyedPart: Mark?

    /// Nil when two have one version, or there are none or too many.
    public init?(_ keys: [AuditKey], unkeyedPart: Mark? = nil) {
        guard let first = keys.first, keys.count <= Self.countMax, Set(keys.map(\.version)).count == keys.count else {
            return nil
        }
        current = first
        all = Dictionary(uniqueKeysWithValues: keys.map { ($0.version, $0) })
        self.unkeyedPart = unkeyedPart
    }
}
