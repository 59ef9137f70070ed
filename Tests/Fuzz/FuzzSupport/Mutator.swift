import SeededRandom

/// Damages valid inputs in the ways that find faults in parsers. Pure: one seed and one number make one input.
struct Mutator {
    /// What is repeated ends here: as long as the longest that a stranger gets read.
    static let byteCountMax = 1 << 20

    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private var random: SplitMix64

    init(_ target: FuzzTarget, seed: UInt64, number: UInt64) {
        corpus = target.corpus
        words = target.words
        var mixed = SplitMix64(seed: seed)
        random = SplitMix64(seed: mixed.next() ^ (number &* 0x2545_f491_4f6c_dd1d))
    }

    mutating func input() -> [UInt8] {
        // Now and then anything at all.
        if chance(32) { return bytes(count: Int.random(in: 0...300, using: &random)) }
        var input = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { damage(&input) }
        return input.count > Self.byteCountMax ? Array(input.prefix(Self.byteCountMax)) : input
    }

    private mutating func damage(_ input: inout [UInt8]) {
        guard !input.isEmpty else { return input = bytes(count: 8) }
        let place = Int.random(in: input.indices, using: &random)
        switch Int.random(in: 0..<14, using: &random) {
        case 0: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: input[place] = [0, 1, 0x7f, 0x80, 0xfe, 0xff].randomElement(using: &random) ?? 0
        case 2: input[place] = UInt8.random(in: 0...255, using: &random)
        case 3: input[place] &+= UInt8.random(in: 0..<8, using: &random) &- 4
        case 4: input.removeSubrange(place...)
        case 5: input.removeSubrange(part(of: input, from: place))
        case 6: input.insert(contentsOf: input[part(of: input, from: place)], at: place)
        case 7: input.insert(contentsOf: bytes(count: Int.random(in: 1...8, using: &random)), at: place)
        case 8: splice(&input, at: place)
        case 9: setLength(&input, at: place)
        case 10, 11: input.insert(contentsOf: words.randomElement(using: &random) ?? [0], at: place)
        case 12: moveUp(&input, from: place)
        default: if chance(8) { multiply(&input, at: place) }
        }
    }

    private mutating func part(of input: [UInt8], from place: Int) -> Range<Int> {
        place..<min(input.count, place + Int.random(in: 1...32, using: &random))
    }

    /// Another input goes on from here.
    private mutating func splice(_ input: inout [UInt8], at place: Int) {
        guard let other = corpus.randomElement(using: &random), !other.isEmpty else { return }
        input = Array(input[..<place]) + other[Int.random(in: other.indices, using: &random)...]
    }

    /// A number of two or four bytes, of either order, at one of its ends: lengths and counts are such.
    private mutating func setLength(_ input: inout [UInt8], at place: Int) {
        let ends: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, UInt32(input.count)]
        let number = ends.randomElement(using: &random) ?? 0
        let width = Bool.random(using: &random) ? 2 : 4
        var bytes = (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
        if Bool.random(using: &random) { bytes.reverse() }
        for (offset, byte) in bytes.enumerated() where place + offset < input.count { input[place + offset] = byte }
    }

    private mutating func moveUp(_ input: inout [UInt8], from place: Int) {
        let range = part(of: input, from: place)
        let piece = Array(input[range])
        input.removeSubrange(range)
        input.insert(contentsOf: piece, at: Int.random(in: 0...input.count, using: &random))
    }

    /// One piece many times: what nests, counts or collects is to be bounded by more than the input's size.
    private mutating func multiply(_ input: inout [UInt8], at place: Int) {
        let piece = Array(input[part(of: input, from: place)])
        let room = [1 << 10, 1 << 14, 1 << 17].randomElement(using: &random) ?? 0
        let copies = (0..<max(1, room / piece.count)).flatMap { _ in piece }
        input.insert(contentsOf: copies, at: place)
    }

    private mutating func bytes(count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func chance(_ times: Int) -> Bool { Int.random(in: 0..<times, using: &random) == 0 }
}
