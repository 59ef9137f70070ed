import Cryptography
import Database

/// A walk along the chain, one sealed entry at a time, up to the first place where it does not hold.
struct AuditWalk {
    struct Link: Sendable {
        let position: Int64
        let entryID: Int64
        let hash: [UInt8]
        /// Nil when it was sealed without a key.
        let keyVersion: Int16?
        /// Nil when the entry is gone.
        let entry: [UInt8]?

        init(_ row: Row) throws(DatabaseError) {
            position = try row.int64("position")
            entryID = try row.int64("entry_id")
            hash = try row.bytes("hash")
            keyVersion = try row.optionalInt16("key_version")
            entry = try row.isNull("id") ? nil : AuditChain.canonical(row)
        }

        func follows(_ previous: [UInt8], at position: Int64, _ keys: AuditKeys?) -> Bool {
            guard let entry else { return false }
            let key = keyVersion.flatMap { keys?.all[$0] }
            guard (key == nil) == (keyVersion == nil) else { return false }
            return AuditChain.hash(after: previous, position: position, entry: entry, key: key) == hash
        }
    }

    /// Nil: what has a key cannot be verified.
    private let keys: AuditKeys?
    /// What the chain must be at some positions.
    private let expected: [Int64: [UInt8]]
    /// The last position that holds.
    private(set) var position: Int64 = 0
    private(set) var hash = AuditChain.start
    private var keyVersion: Int16?
    private(set) var broken: AuditVerification.Break?

    init(keys: AuditKeys?, expected: [AuditKeys.Mark]) {
        self.keys = keys
        // Of two that contradict each other one is broken, whichever stays.
        self.expected = Dictionary(expected.map { ($0.position, $0.hash) }) { first, _ in first }
    }

    /// - Parameter next: the link behind it, which tells an entry that was put in from one that was changed.
    mutating func take(_ link: Link, next: Link?) {
        guard broken == nil else { return }
        let place = position + 1
        guard link.position == place, link.entry != nil else {
            broken = .init(position: place, entry: nil, reason: .entryRemoved)
            return
        }
        if let reason = fault(of: link, next: next, at: place) {
            broken = .init(position: place, entry: link.entryID, reason: reason)
            return
        }
        position = place
        hash = link.hash
        keyVersion = link.keyVersion
    }

    private func fault(of link: Link, next: Link?, at place: Int64) -> AuditVerification.Break.Reason? {
        if let keys, link.keyVersion == nil || link.keyVersion! < keyVersion ?? 0 {
            // Before there was a key, and nowhere else, an entry has none; and no key comes back.
            guard link.keyVersion == nil, let part = keys.unkeyedPart, place <= part.position else { return .notKeyed }
        }
        if let version = link.keyVersion, keys?.all[version] == nil { return .keyUnknown }
        if let part = keys?.unkeyedPart, link.keyVersion != nil, place <= part.position { return .headDiffers }
        guard link.follows(hash, at: place, keys) else {
            return next?.follows(hash, at: place, keys) == true ? .entryInserted : .entryChanged
        }
        if let part = keys?.unkeyedPart, part.position == place, part.hash != link.hash { return .headDiffers }
        if let hash = expected[place], hash != link.hash { return .headDiffers }
        return nil
    }

    /// The chain is over: it must reach as far as it did when its head was noted down, or when the key was made.
    mutating func end() {
        let farthest = max(expected.keys.max() ?? 0, keys?.unkeyedPart?.position ?? 0)
        guard broken == nil, farthest > position else { return }
        broken = .init(position: position + 1, entry: nil, reason: .entryRemoved)
    }
}
