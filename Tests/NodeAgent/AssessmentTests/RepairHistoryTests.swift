import Assessment
import Testing

struct RepairHistoryTests {
    private func seconds(_ count: Double) -> Duration { .seconds(1000) + .milliseconds(Int(count * 1000)) }

    @Test func `the first repair is told at once, more of them as a sum a minute later`() {
        var history = RepairHistory()
        #expect(history.note(.routes, at: seconds(0)) == .init(count: 1, isFightNow: false))
        #expect(history.note(.routes, at: seconds(1)) == nil)
        #expect(history.note(.routes, at: seconds(2)) == nil)
        // Each part has a line of its own.
        #expect(history.note(.addresses, at: seconds(2))?.count == 1)
        #expect(history.overdue(at: seconds(59)).isEmpty)
        let overdue = history.overdue(at: seconds(60))
        #expect(overdue.map(\.part) == [.routes] && overdue.map(\.count) == [2])
        #expect(history.overdue(at: seconds(1000)).isEmpty)
        #expect(history.total(of: .routes) == 3)
    }

    @Test func `five repairs in a minute are a fight, which is slower, named, and over after a quiet minute`() {
        var history = RepairHistory()
        for count in 0..<4 { _ = history.note(.exitPolicy, by: "first", at: seconds(Double(count))) }
        #expect(history.fights(at: seconds(4)).isEmpty)
        #expect(history.mayRepair(.exitPolicy, at: seconds(3.1)))
        let report = history.note(.exitPolicy, by: "firewalld", at: seconds(4))
        #expect(report == .init(count: 4, isFightNow: true))
        #expect(history.fights(at: seconds(4)) == [.exitPolicy: "firewalld"])
        #expect(!history.mayRepair(.exitPolicy, at: seconds(8.9)))
        #expect(history.mayRepair(.exitPolicy, at: seconds(9)))
        // A fight goes on while repairs do, however slowly.
        #expect(history.note(.exitPolicy, at: seconds(50)) == nil)
        #expect(history.isFight(.exitPolicy, at: seconds(109)))
        #expect(!history.isFight(.exitPolicy, at: seconds(110)))
        #expect(history.mayRepair(.exitPolicy, at: seconds(110)))
    }

    @Test func `a repair every twenty seconds is no fight, and repairs keep their pause`() {
        var history = RepairHistory()
        for count in 0..<50 { _ = history.note(.forwarding, at: seconds(Double(count) * 20)) }
        #expect(!history.isFight(.forwarding, at: seconds(980)))
        #expect(!history.mayRepair(.forwarding, at: seconds(980.05)))
        #expect(history.mayRepair(.forwarding, at: seconds(980.1)))
        #expect(history.mayRepair(.interface, at: seconds(0)))
    }
}
