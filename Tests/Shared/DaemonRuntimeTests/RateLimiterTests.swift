import DaemonRuntime
import SeededRandom
import Testing

struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test func `so many at once, and one more after each pause`() {
        let limiter = RateLimiter<Int>(burst: 3, pause: .seconds(10))
        for _ in 0..<3 { #expect(limiter.take(1, now: start) == nil) }
        #expect(limiter.take(1, now: start) == .seconds(10))
        #expect(limiter.take(2, now: start) == nil, "another key has its own")
        #expect(limiter.take(1, now: start + .seconds(9)) == .seconds(1))
        #expect(limiter.take(1, now: start + .seconds(10)) == nil)
        #expect(limiter.take(1, now: start + .seconds(10)) == .seconds(10))
        for _ in 0..<3 { #expect(limiter.take(1, now: start + .seconds(3600)) == nil) }
        #expect(limiter.wait(for: 1, now: start + .seconds(3600)) == .seconds(10))
        #expect(limiter.wait(for: 9, now: start) == nil)
    }

    @Test func `no more pass in any stretch of time than the burst and what the time gives`() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<200 {
            let (burst, pause) = (Int.random(in: 1...5, using: &random), Duration.seconds(2))
            let limiter = RateLimiter<Int>(burst: burst, pause: pause)
            var passed: [Duration] = []
            var time = Duration.zero
            for _ in 0..<100 {
                time += random.duration(0...1.5)
                if limiter.take(0, now: start + time) == nil { passed.append(time) }
            }
            for (index, from) in passed.enumerated() {
                for (later, until) in passed.enumerated().dropFirst(index) {
                    #expect(later - index + 1 <= burst + Int((until - from) / pause))
                }
            }
        }
    }

    @Test func `what did not happen is given back`() {
        let limiter = RateLimiter<Int>(burst: 2, pause: .seconds(10))
        for _ in 0..<2 { #expect(limiter.take(1, now: start) == nil) }
        limiter.giveBack(1)
        #expect(limiter.take(1, now: start) == nil)
        #expect(limiter.take(1, now: start) == .seconds(10))
        limiter.giveBack(2)
        #expect(limiter.take(2, now: start) == nil)
    }

    @Test func `a flood of keys costs bounded memory`() {
        let limiter = RateLimiter<Int>(burst: 1, pause: .seconds(60), keysMax: 100)
        for key in 0..<10_000 { #expect(limiter.take(key, now: start) == nil) }
        #expect(limiter.count <= 100)
    }
}
