import Model
import SeededRandom
import Testing

@testable import API

struct RateLimitTests {
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

    @Test func `a flood of keys costs bounded memory`() {
        let limiter = RateLimiter<Int>(burst: 1, pause: .seconds(60), keysMax: 100)
        for key in 0..<10_000 { #expect(limiter.take(key, now: start) == nil) }
        #expect(limiter.count <= 100)
    }

    private static func find(_ peer: String, _ forwarded: [String]) throws -> ClientPrefix {
        ClientPrefix.find(
            peer: try #require(IPAddress(peer)),
            forwarded: forwarded,
            trusted: ["127.0.0.0/8", "10.0.0.0/8"].compactMap { IPPrefix($0) }
        )
    }

    private static func prefix(_ address: String) throws -> ClientPrefix {
        ClientPrefix(try #require(IPAddress(address)))
    }

    @Test func `what a client writes into X-Forwarded-For itself is not believed`() throws {
        #expect(try Self.find("198.51.100.1", ["192.0.2.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1, 198.51.100.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1", "198.51.100.1, 10.1.1.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1, nonsense"]) == Self.prefix("127.0.0.1"))
        #expect(try Self.find("127.0.0.1", []) == Self.prefix("127.0.0.1"))
    }

    @Test func `an IPv6 customer is his whole network, and nobody's address is printed`() throws {
        #expect(try Self.prefix("2001:db8:1:2::1") == Self.prefix("2001:db8:1:2:ffff::9"))
        #expect(try Self.prefix("2001:db8:1:2::1") != Self.prefix("2001:db8:1:3::1"))
        #expect(try "\(Self.prefix("192.0.2.1"))" == "<redacted>")
    }
}
