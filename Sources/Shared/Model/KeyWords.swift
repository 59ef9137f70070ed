/// 32 bytes as four big-endian words.
@usableFromInline
struct KeyWords: Hashable, Sendable, Comparable {
    @usableFromInline
    let first: UInt64
    @usableFromInline
    let second: UInt64
    @usableFromInline
    let third: UInt64
    @usableFromInline
    let fourth: UInt64

    // Inlinable, here and in the other types that are made from bytes: a hundred thousand peers are read at a time.

    /// - Precondition: 32 bytes.
    @inlinable
    init(_ bytes: some Collection<UInt8>) {
        precondition(bytes.count == 32, "four words have 32 bytes")
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            var word: UInt64 = 0
            for _ in 0..<8 { word = word << 8 | UInt64(iterator.next() ?? 0) }
            return word
        }
        first = word()
        second = word()
        third = word()
        fourth = word()
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [first, second, third, fourth] { bytes.append(bigEndian: word) }
        return bytes
    }

    @usableFromInline
    static func < (left: Self, right: Self) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }
}

extension [UInt8] {
    mutating func append(bigEndian word: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) { append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
