import Testing

@testable import PaymentProviders

@Suite struct TokenBucketsTests {
    private let start = ContinuousClock.now

    @Test func `a burst, and then one at a time`() {
        var buckets = TokenBuckets<Int>(burst: 3, per: .seconds(10), keysMax: 100)
        for _ in 0..<3 { #expect(buckets.take(1, now: start) == nil) }
        #expect(buckets.take(1, now: start) == .seconds(10))
        #expect(buckets.take(2, now: start) == nil)
        #expect(buckets.take(1, now: start + .seconds(10)) == nil)
        #expect(buckets.take(1, now: start + .seconds(10)) != nil)
        // However long the silence, no more than the burst.
        for _ in 0..<3 { #expect(buckets.take(1, now: start + .seconds(10_000)) == nil) }
        #expect(buckets.take(1, now: start + .seconds(10_000)) != nil)
    }

    @Test func `what nothing came of is given back`() {
        var buckets = TokenBuckets<Int>(burst: 1, per: .seconds(10), keysMax: 100)
        #expect(buckets.take(1, now: start) == nil)
        buckets.giveBack(1)
        #expect(buckets.take(1, now: start) == nil)
        #expect(buckets.take(1, now: start) != nil)
    }

    @Test func `an empty bucket outlives a generation`() {
        var buckets = TokenBuckets<Int>(burst: 2, per: .seconds(10), keysMax: 100)
        _ = buckets.take(1, now: start)
        for second in 1...19 { _ = buckets.take(1, now: start + .seconds(second)) }
        let almost = start + .seconds(20)
        _ = buckets.take(1, now: almost)
        #expect(buckets.take(1, now: almost) != nil)
    }

    @Test func `a flood of keys takes no more room than is given`() {
        var buckets = TokenBuckets<Int>(burst: 3, per: .seconds(10), keysMax: 100)
        for key in 0..<10_000 {
            _ = buckets.take(key, now: start)
            #expect(buckets.count <= 200)
        }
    }
}
