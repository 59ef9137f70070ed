/// Random numbers that one seed repeats (Steele, Lea, Flood 2014: SplitMix64).
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// True once in so many times.
    public mutating func once(in times: Double) -> Bool {
        Double.random(in: 0..<times, using: &self) < 1
    }

    public mutating func duration(_ seconds: ClosedRange<Double>) -> Duration {
        .seconds(Double.random(in: seconds, using: &self))
    }
}
