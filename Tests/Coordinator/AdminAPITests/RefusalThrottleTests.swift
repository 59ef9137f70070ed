import Model
import Testing

@testable import API

struct RefusalThrottleTests {
    private let start = ContinuousClock.now

    private func refusal(_ name: String = "vera", _ route: String = "node.cordon") -> RefusalThrottle.Refusal {
        .init(name: OperatorName(name)!, route: route, reason: "needs role operator")
    }

    @Test func `the first is written at once, and the rest of its minute as a number`() {
        var throttle = RefusalThrottle()
        #expect(throttle.note(refusal(), now: start) == [.init(refusal: refusal(), more: 0)])
        for second in 1...59 { #expect(throttle.note(refusal(), now: start + .seconds(second)).isEmpty) }
        #expect(throttle.close(dueAt: start + .seconds(59)).isEmpty)
        #expect(throttle.close(dueAt: start + .seconds(60)) == [.init(refusal: refusal(), more: 59)])
        #expect(throttle.close(dueAt: nil).isEmpty)
    }

    @Test func `the next minute begins with an entry of its own`() {
        var throttle = RefusalThrottle()
        _ = throttle.note(refusal(), now: start)
        _ = throttle.note(refusal(), now: start)
        let next = throttle.note(refusal(), now: start + .seconds(61))
        #expect(next.map(\.more) == [1, 0])
        #expect(next[0].reason == "needs role operator; once more within a minute")
    }

    @Test func `each operator and route is counted by itself`() {
        var throttle = RefusalThrottle()
        for refusal in [refusal(), refusal("otto"), refusal("vera", "node.drain")] {
            #expect(throttle.note(refusal, now: start).count == 1)
            #expect(throttle.note(refusal, now: start).isEmpty)
        }
        #expect(throttle.close(dueAt: nil).count == 3)
    }

    @Test func `what was refused once leaves nothing more to write`() {
        var throttle = RefusalThrottle()
        _ = throttle.note(refusal(), now: start)
        #expect(throttle.close(dueAt: nil).isEmpty)
    }
}
