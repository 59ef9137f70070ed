import FleetPlanning
import Model
import Testing

/// What the audit log is told of nodes that close and open, and of changes that they refuse.
struct TroubleTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private func trouble(_ reasons: [String], changes: Int64, told: NodeTrouble.Told) -> NodeTrouble {
        NodeTrouble(
            reasons: reasons.map { .init(name: $0, detail: "because of \($0)") },
            since: reasons.isEmpty ? nil : Self.start,
            changes: changes,
            told: told
        )
    }

    private func notice(_ trouble: NodeTrouble, at now: Timestamp) -> TroubleNotice? {
        noticeTroubles([(nodeID(1), trouble)], now: now).first
    }

    @Test func `a node that closes is told of at once, and so is its opening`() throws {
        let none = NodeTrouble.none(at: Self.start).told
        let closed = try #require(notice(trouble(["clock", "exit-policy"], changes: 1, told: none), at: Self.start))
        #expect(closed.reasons == ["clock", "exit-policy"])
        #expect(closed.detail == "closed: clock (because of clock), exit-policy (because of exit-policy)")
        let told = NodeTrouble.Told(reasons: closed.reasons, changes: 1, penalty: closed.penalty, at: Self.start)
        #expect(notice(trouble(closed.reasons, changes: 1, told: told), at: Self.start + .seconds(3600)) == nil)
        let opened = try #require(notice(trouble([], changes: 2, told: told), at: Self.start + .seconds(1)))
        #expect(opened.reasons.isEmpty)
        #expect(opened.detail == "open again")
    }

    @Test func `a node that closes and opens every second for an hour is told of a few times, and truly in the end`() {
        var told = NodeTrouble.none(at: Self.start).told
        var notices: [TroubleNotice] = []
        for second in 0..<3600 {
            let now = Self.start + .seconds(second)
            let reasons = second.isMultiple(of: 2) ? ["route"] : []
            guard let one = notice(trouble(reasons, changes: Int64(second + 1), told: told), at: now) else { continue }
            notices.append(one)
            told = .init(reasons: one.reasons, changes: one.changes, penalty: one.penalty, at: now)
        }
        #expect((3...40).contains(notices.count), "\(notices.count)")
        #expect(notices.last?.detail.contains("changes in between") == true)
        // From now on it stays closed.
        let later = Self.start + .seconds(4300)
        let last = notice(trouble(["interface"], changes: 3601, told: told), at: later)
        #expect(last?.reasons == ["interface"])
    }

    @Test func `a clock that was put back holds up no notice`() {
        let told = NodeTrouble.Told(reasons: [], changes: 0, penalty: 16_000, at: Self.start + .seconds(86_400))
        #expect(notice(trouble(["clock"], changes: 1, told: told), at: Self.start) != nil)
    }

    @Test(
        arguments: [
            (nil, 0, true), ("tableUnavailable", 2, false), ("tableUnavailable", 3599, false),
            ("tableUnavailable", 3600, true), ("massRemoval", 59, false), ("massRemoval", 60, true),
            ("tableUnavailable", -5, true),
        ] as [(String?, Int, Bool)]
    )
    func `a refusal is told of once an hour, and once a minute when its reason is another`(
        told: String?,
        seconds: Int,
        isDue: Bool
    ) {
        let repetition = RefusalRepetition(told: told.map { .init(reason: $0, at: Self.start) })
        #expect(repetition.isDue("tableUnavailable", now: Self.start + .seconds(seconds)) == isDue)
    }
}
