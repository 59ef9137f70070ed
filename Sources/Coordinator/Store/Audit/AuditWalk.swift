import Database

/// A walk along the chain, one sealed entry at a time, up to the first place where it does not hold.
struct AuditWalk {
    struct Link: Sendable {
        let position: Int64
        let entryID: Int64
        let hash: [UInt8]
        /// Nil when the entry is gone.
        let entry: [UInt8]?

        init(_ row: Row) throws(DatabaseError) {
            position = try row.int64("position")
            entryID = try row.int64("entry_id")
            hash = try row.bytes("hash")
            entry = try row.isNull("id") ? nil : AuditChain.canonical(row)
        }

        func follows(_ previous: [UInt8], at position: Int64) -> Bool {
            guard let entry else { return false }
            return AuditChain.hash(after: previous, position: position, entry: entry) == hash
        }
    }

    private let expected: (position: Int64, hash: [UInt8])?
    /// The last position that holds.
    private(set) var position: Int64 = 0
    private(set) var hash = AuditChain.start
    private(set) var broken: AuditVerification.Break?

    init(expected: (position: Int64, hash: [UInt8])?) {
        self.expected = expected
    }

    /// - Parameter next: the link behind it, which tells an entry that was put in from one that was changed.
    mutating func take(_ link: Link, next: Link?) {
        guard broken == nil else { return }
        let place = position + 1
        guard link.position == place, link.entry != nil else {
            broken = .init(position: place, entry: nil, reason: .entryRemoved)
            return
        }
        guard link.follows(hash, at: place) else {
            let isPutIn = next.map { $0.follows(hash, at: place) } ?? false
            broken = .init(position: place, entry: link.entryID, reason: isPutIn ? .entryInserted : .entryChanged)
            return
        }
        if let expected, expected.position == place, expected.hash != link.hash {
            broken = .init(position: place, entry: link.entryID, reason: .headDiffers)
            return
        }
        position = place
        hash = link.hash
    }

    /// The chain is over: it must reach as far as it did when its head was noted down.
    mutating func end() {
        guard broken == nil, let expected, expected.position > position else { return }
        broken = .init(position: position + 1, entry: nil, reason: .entryRemoved)
    }
}
