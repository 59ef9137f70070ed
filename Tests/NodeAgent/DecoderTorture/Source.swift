import SeededRandom

/// Random bytes, and real ones with damage.
struct Source: RandomNumberGenerator {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func next() -> UInt64 { random.next() }

    /// In turn: anything at all; a sample with a few bytes changed; one cut short; one with bytes put in.
    mutating func bytes(like samples: [[UInt8]]) -> [UInt8] {
        guard Int.random(in: 0..<4, using: &self) > 0 else {
            return (0..<Int.random(in: 0...300, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
        }
        var bytes = samples.randomElement(using: &self) ?? []
        for _ in 0..<Int.random(in: 0...6, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
            case 2: bytes[place] = 255
            case 3: bytes[place] = 0
            default: bytes[place] = UInt8.random(in: 0...255, using: &self)
            }
        }
        return bytes
    }
}
