import Model

/// How long a node that comes back waits: each return adds to a penalty, which fades by half in a half-life.
public struct FlapDamping: Hashable, Sendable {
    /// What a return from `lost` adds.
    public let lostPenalty: Int
    /// What a silence that ended in time adds.
    public let suspectPenalty: Int
    public let maximumPenalty: Int
    public let halfLife: Duration
    /// How long a returning node waits for each thousand of its penalty.
    public let waitPerThousand: Duration
    public let maximumWait: Duration

    public init(
        lostPenalty: Int = 1000,
        suspectPenalty: Int = 100,
        maximumPenalty: Int = 16_000,
        halfLife: Duration = .seconds(900),
        waitPerThousand: Duration = .seconds(30),
        maximumWait: Duration = .seconds(600)
    ) {
        precondition(lostPenalty >= 0 && suspectPenalty >= 0 && maximumPenalty >= 0, "a penalty is not negative")
        precondition(halfLife > .zero, "a penalty fades")
        self.lostPenalty = lostPenalty
        self.suspectPenalty = suspectPenalty
        self.maximumPenalty = maximumPenalty
        self.halfLife = halfLife
        self.waitPerThousand = waitPerThousand
        self.maximumWait = maximumWait
    }

    /// What is left of a penalty: half of it for each half-life, and in between along a straight line, which is never
    /// more than 7 % above the curve.
    public func faded(_ penalty: Int, from then: Timestamp, to now: Timestamp) -> Int {
        let elapsed = now - then
        guard elapsed > .zero, penalty > 0 else { return min(max(0, penalty), maximumPenalty) }
        let halfLives = elapsed / halfLife
        // Sixty-three halves leave nothing of any number.
        guard halfLives < 63 else { return 0 }
        let start = min(penalty, maximumPenalty) >> Int(halfLives)
        return start - Int(Double(start) * (halfLives - halfLives.rounded(.down)) / 2)
    }

    func grown(_ penalty: Int, by addition: Int) -> Int {
        min(maximumPenalty, penalty + min(addition, maximumPenalty))
    }

    /// How long a returning node waits with a penalty.
    public func wait(for penalty: Int) -> Duration {
        min(maximumWait, waitPerThousand * (Double(penalty) / 1000))
    }
}
