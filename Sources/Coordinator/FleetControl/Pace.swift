/// How many moves an operation may begin by now: so many a second, with no more saved up than one second's worth.
struct Pace: Hashable, Sendable {
    let perSecond: Int
    private var allowance: Double
    private var asOf: ContinuousClock.Instant

    init(perSecond: Int, now: ContinuousClock.Instant) {
        self.perSecond = perSecond
        allowance = Double(perSecond)
        asOf = now
    }

    mutating func allowed(at now: ContinuousClock.Instant) -> Int {
        let passed = max(.zero, asOf.duration(to: now))
        allowance = min(Double(perSecond), allowance + passed / .seconds(1) * Double(perSecond))
        asOf = now
        return Int(allowance)
    }

    mutating func spend(_ count: Int) {
        allowance -= Double(count)
    }
}
