import FleetPlanning
import Model
import Testing

@Suite struct ClockWatchTests {
    private let start = Timestamp(seconds: 1_800_000_000)

    @Test(arguments: [
        (1.0, 1.0, ClockDisturbance?.none), (6.0, 1.0, nil), (6.5, 1.0, .jumped(.seconds(5.5))),
        (-3.0, 1.0, nil), (-4.5, 1.0, .jumped(.seconds(-5.5))), (3600, 1.0, .jumped(.seconds(3599))),
        (30, 30, nil), (31, 31, .paused(.seconds(31))), (0, 31, .jumped(.seconds(-31))),
    ])
    func `a tick compares both clocks`(wall_s: Double, monotonic_s: Double, expected: ClockDisturbance?) {
        var watch = ClockWatch()
        #expect(watch.tick(wall: start, monotonic: .seconds(100)) == nil)
        let tick = watch.tick(wall: start + .seconds(wall_s), monotonic: .seconds(100) + .seconds(monotonic_s))
        #expect(tick == expected)
    }

    @Test func `a jump is told once, and slewing never`() {
        var watch = ClockWatch()
        _ = watch.tick(wall: start, monotonic: .zero)
        #expect(watch.tick(wall: start + .seconds(3601), monotonic: .seconds(1)) == .jumped(.seconds(3600)))
        for second in 2...600 {
            // Half a millisecond in a second, as adjtime(3) slews.
            let wall = start + .seconds(3600) + .seconds(Double(second) * 1.0005)
            #expect(watch.tick(wall: wall, monotonic: .seconds(second)) == nil)
        }
    }
}
