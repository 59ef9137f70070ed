/// A digest of a node's whole peer table that one change updates in constant time.
///
/// It is the sum, modulo 2^256, of a 256-bit hash of each entry (AdHash, Bellare and Micciancio 1997), so it does not
/// depend on the order of entries. It finds accidents (a lost change, a torn table), not forgeries: the link that
/// carries it is authenticated.
public struct TableDigest: Hashable, Sendable {
    public static let byteCount = 32
    public static let empty = TableDigest(lanes: Lanes())

    /// Four little-endian words, least significant first.
    private var lanes: Lanes

    private init(lanes: Lanes) {
        self.lanes = lanes
    }

    /// - Parameter bytes: 32 bytes, little-endian; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        lanes = Lanes(bytes)
    }

    public var bytes: [UInt8] {
        [lanes.first, lanes.second, lanes.third, lanes.fourth]
            .flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    /// - Parameter entryHash: 32 bytes: the hash of the entry that joins the table.
    public mutating func insert(entryHash: [UInt8]) {
        precondition(entryHash.count == Self.byteCount, "an entry's hash has 32 bytes")
        let hash = Lanes(entryHash)
        var carry = false
        lanes.first.add(hash.first, &carry)
        lanes.second.add(hash.second, &carry)
        lanes.third.add(hash.third, &carry)
        lanes.fourth.add(hash.fourth, &carry)
    }

    /// - Parameter entryHash: 32 bytes: the hash of an entry that leaves the table.
    public mutating func remove(entryHash: [UInt8]) {
        precondition(entryHash.count == Self.byteCount, "an entry's hash has 32 bytes")
        let hash = Lanes(entryHash)
        var borrow = false
        lanes.first.subtract(hash.first, &borrow)
        lanes.second.subtract(hash.second, &borrow)
        lanes.third.subtract(hash.third, &borrow)
        lanes.fourth.subtract(hash.fourth, &borrow)
    }

    private struct Lanes: Hashable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0

        init() {}

        /// - Parameter bytes: 32 of them.
        init(_ bytes: some Collection<UInt8>) {
            var iterator = bytes.makeIterator()
            func word() -> UInt64 {
                var word: UInt64 = 0
                for shift in stride(from: UInt64(0), through: 56, by: 8) {
                    word |= UInt64(iterator.next() ?? 0) << shift
                }
                return word
            }
            first = word()
            second = word()
            third = word()
            fourth = word()
        }
    }
}

extension UInt64 {
    fileprivate mutating func add(_ other: UInt64, _ carry: inout Bool) {
        let (partial, first) = addingReportingOverflow(other)
        let (sum, second) = partial.addingReportingOverflow(carry ? 1 : 0)
        self = sum
        carry = first || second
    }

    fileprivate mutating func subtract(_ other: UInt64, _ borrow: inout Bool) {
        let (partial, first) = subtractingReportingOverflow(other)
        let (difference, second) = partial.subtractingReportingOverflow(borrow ? 1 : 0)
        self = difference
        borrow = first || second
    }
}

extension TableDigest: CustomStringConvertible {
    public var description: String { Hexadecimal.encode(bytes) }
}
