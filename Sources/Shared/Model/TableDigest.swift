/// A digest of a node's whole peer table that one change updates in constant time.
///
/// It is the sum, modulo 2^256, of a 256-bit hash of each entry (AdHash, Bellare and Micciancio 1997), so it does not
/// depend on the order of entries. It finds accidents (a lost change, a torn table), not forgeries: the link that
/// carries it is authenticated.
public struct TableDigest: Hashable, Sendable {
    public static let byteCount = 32
    public static let empty = TableDigest(lanes: [0, 0, 0, 0])

    /// Four little-endian words, least significant first.
    private var lanes: [UInt64]

    private init(lanes: [UInt64]) {
        self.lanes = lanes
    }

    /// - Parameter bytes: 32 bytes, little-endian; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        lanes = Self.words(bytes)
    }

    public var bytes: [UInt8] {
        lanes.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    /// - Parameter entryHash: 32 bytes: the hash of the entry that joins the table.
    public mutating func insert(entryHash: [UInt8]) {
        precondition(entryHash.count == Self.byteCount, "an entry's hash has 32 bytes")
        var carry: UInt64 = 0
        for (index, word) in Self.words(entryHash).enumerated() {
            let (partial, first) = lanes[index].addingReportingOverflow(word)
            let (sum, second) = partial.addingReportingOverflow(carry)
            lanes[index] = sum
            carry = first || second ? 1 : 0
        }
    }

    /// - Parameter entryHash: 32 bytes: the hash of an entry that leaves the table.
    public mutating func remove(entryHash: [UInt8]) {
        precondition(entryHash.count == Self.byteCount, "an entry's hash has 32 bytes")
        var borrow: UInt64 = 0
        for (index, word) in Self.words(entryHash).enumerated() {
            let (partial, first) = lanes[index].subtractingReportingOverflow(word)
            let (difference, second) = partial.subtractingReportingOverflow(borrow)
            lanes[index] = difference
            borrow = first || second ? 1 : 0
        }
    }

    private static func words(_ bytes: some Collection<UInt8>) -> [UInt64] {
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        return words
    }
}

extension TableDigest: CustomStringConvertible {
    public var description: String { Hexadecimal.encode(bytes) }
}
