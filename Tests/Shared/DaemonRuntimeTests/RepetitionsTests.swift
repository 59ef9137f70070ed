import DaemonRuntime
import Testing

@Suite struct RepetitionsTests {
    @Test func `the first is told, and the next after a minute says how many came between`() {
        var repetitions = Repetitions<String>(window: .seconds(60))
        let start = ContinuousClock.now
        #expect(repetitions.note("refused", now: start) == 0)
        for second in 1..<60 { #expect(repetitions.note("refused", now: start + .seconds(second)) == nil) }
        #expect(repetitions.note("refused", now: start + .seconds(60)) == 59)
        #expect(repetitions.note("another", now: start + .seconds(60)) == 0)
    }

    @Test func `what was counted and nobody asked for again is told once it is old`() {
        var repetitions = Repetitions<String>(window: .seconds(60))
        let start = ContinuousClock.now
        _ = repetitions.note("refused", now: start)
        _ = repetitions.note("refused", now: start)
        _ = repetitions.note("once", now: start)
        #expect(repetitions.takeOver(now: start + .seconds(59)).isEmpty)
        let over = repetitions.takeOver(now: start + .seconds(60))
        #expect(over.map(\.key) == ["refused"] && over.map(\.count) == [1])
        #expect(repetitions.takeOver(now: start + .seconds(120)).isEmpty)
    }

    @Test func `more keys than the limit are forgotten, not kept`() {
        var repetitions = Repetitions<Int>(window: .seconds(60), keysMax: 100)
        let start = ContinuousClock.now
        for key in 0..<10_000 { #expect(repetitions.note(key, now: start) == 0) }
        #expect(repetitions.takeOver(now: start + .seconds(60)).isEmpty)
    }
}
