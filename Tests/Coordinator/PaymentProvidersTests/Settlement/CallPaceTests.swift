import Model
import Testing

@testable import PaymentProviders

@Suite struct CallPaceTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    private func fail(_ pace: inout CallPace, _ kind: StoreTroubleKind = .overloaded, at moment: Timestamp? = nil) {
        pace.failed(kind, since: pace.epoch, now: moment ?? now, jitter: 0)
    }

    @Test func `an overloaded store is asked half as much, once for all that was asked at the same time`() {
        var pace = CallPace(limit: 64)
        let epoch = pace.epoch
        for _ in 0..<64 { pace.failed(.overloaded, since: epoch, now: now, jitter: 0) }
        #expect(pace.places == 32)
        #expect(!pace.isSilent(at: now))
    }

    @Test func `each round of answers gives one place back, up to the limit`() {
        var pace = CallPace(limit: 4)
        fail(&pace)
        #expect(pace.places == 2)
        for _ in 0..<2 { pace.answered() }
        #expect(pace.places == 3)
        for _ in 0..<100 { pace.answered() }
        #expect(pace.places == 4)
    }

    @Test func `after three failures in a row the store is let be, longer each time, and asked one thing then`() {
        var pace = CallPace(limit: 64)
        for _ in 0..<2 { fail(&pace) }
        pace.answered()
        for _ in 0..<2 { fail(&pace) }
        #expect(!pace.isSilent(at: now))
        fail(&pace)
        #expect(pace.isSilent(at: now))
        #expect(pace.places == 1)
        var (moment, pauses) = (now, [Int]())
        for _ in 0..<8 {
            let from = moment
            while pace.isSilent(at: moment) { moment = moment + .milliseconds(100) }
            pauses.append(Int((moment - from) / .milliseconds(100)))
            fail(&pace, at: moment)
        }
        #expect(pauses == [5, 10, 20, 40, 80, 150, 150, 150])
        pace.answered()
        fail(&pace, at: moment + .seconds(60))
        #expect(!pace.isSilent(at: moment + .seconds(60)), "an answer ends the row")
    }

    @Test func `a key that is refused is no overload, and is not tried again and again either`() {
        var pace = CallPace(limit: 64)
        fail(&pace, .refused)
        #expect(pace.places == 64)
        for _ in 0..<2 { fail(&pace, .refused) }
        #expect(pace.isSilent(at: now))
    }
}
