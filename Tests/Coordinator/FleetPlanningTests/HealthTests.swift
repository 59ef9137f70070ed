import FleetPlanning
import Model
import Testing

@Suite struct HealthTests {
    private let policy = HealthPolicy()
    private let start = Timestamp(seconds: 1_800_000_000)

    @Test(arguments: [
        (Int64(44), NodeHealth.alive, NodeHealth?.none), (45, .alive, .suspect), (500, .alive, .suspect),
        (44, .suspect, .alive), (45, .suspect, nil), (119, .suspect, nil), (120, .suspect, .lost),
        (44, .lost, .returning), (45, .lost, nil), (9999, .lost, nil),
        (44, .returning, nil), (45, .returning, .lost),
    ])
    func `silence decides`(silence_s: Int64, health: NodeHealth, next: NodeHealth?) {
        let node = observed(health: health, heard: -silence_s, revision: 4, applied: 3)
        let assessment = assess([node], watching: -10_000)
        #expect(assessment.changes.first?.to == next)
        #expect(assessment.brake == nil)
    }

    @Test func `a node that was never heard is no failure`() {
        let nodes = (1...5 as ClosedRange<UInt64>).map { observed($0, heard: nil, since: -90_000) }
        #expect(assess(nodes, watching: -90_000) == HealthAssessment.nothing)
    }

    @Test func `after a failover silence counts from the moment that somebody listens`() {
        let silent = observed(health: .alive, heard: -600)
        #expect(assess([silent], watching: -44).changes.isEmpty)
        #expect(assess([silent], watching: -45).changes.map(\.to) == [.suspect])
        let suspect = observed(health: .suspect, heard: -600)
        #expect(assess([suspect], watching: -119).changes.isEmpty)
        #expect(assess([suspect], watching: -120).changes.map(\.to) == [.lost])
        // Listening is not hearing: what was lost before stays lost.
        #expect(assess([observed(health: .lost, heard: -600)], watching: 0).changes.isEmpty)
    }

    @Test func `an amnesty that is longer than a loss takes holds too`() {
        let patient = HealthPolicy(amnesty: .seconds(600))
        let suspect = observed(health: .suspect, heard: -599)
        #expect(assess([suspect], policy: patient, watching: -599).changes.isEmpty)
        #expect(assess([suspect], policy: patient, watching: -600).changes.map(\.to) == [.lost])
    }

    @Test func `a time in the future counts as now, but not for longer than a loss takes`() {
        #expect(assess([observed(health: .alive, heard: 120)], watching: -10_000).changes.isEmpty)
        #expect(assess([observed(health: .alive, heard: 121)], watching: -10_000).changes.map(\.to) == [.suspect])
        #expect(assess([observed(health: .suspect, heard: 121)], watching: -10_000).changes.map(\.to) == [.lost])
        // After the jump that made it so, the amnesty begins.
        #expect(assess([observed(health: .alive, heard: 3600)], watching: 0).changes.isEmpty)
        #expect(assess([observed(health: .lost, heard: 3600)], watching: 0).changes.isEmpty)
    }

    @Test func `a lost node is not heard again because the clock was put back`() {
        let lost = observed(health: .lost, heard: 10, since: 130)
        #expect(assess([lost], watching: 0).changes.isEmpty)
        let heard = observed(health: .lost, heard: -1, since: 130)
        #expect(assess([heard], watching: 0).changes.map(\.to) == [.returning])
    }

    @Test func `a node that comes back is trusted at its revision, with a link, and after its wait`() {
        let waited = { (since: Int64, applied: UInt64, linked: Bool, penalty: Int) in
            let node = observed(
                health: .returning,
                heard: -1,
                since: -since,
                linked: linked,
                revision: 9,
                applied: applied,
                penalty: penalty
            )
            return assess([node], watching: -10_000).changes.map(\.to)
        }
        #expect(waited(30, 9, true, 1000) == [.alive])
        #expect(waited(29, 9, true, 1000) == [])
        #expect(waited(30, 8, true, 1000) == [])
        #expect(waited(30, 9, false, 1000) == [])
        #expect(waited(30, 9, true, 2000) == [])
        #expect(waited(60, 9, true, 2000) == [.alive])
        #expect(waited(599, 9, true, 16_000) == [.alive] || waited(600, 9, true, 16_000) == [.alive])
    }

    @Test func `a flapping node waits longer each time, and is forgiven with time`() {
        var penalty = 0
        var waits: [Duration] = []
        for _ in 0..<4 {
            let change = assess([observed(health: .lost, heard: -1, penalty: penalty)], watching: -10_000).changes[0]
            penalty = change.flapPenalty
            waits.append(policy.damping.wait(for: penalty))
        }
        #expect(waits == [.seconds(30), .seconds(60), .seconds(90), .seconds(120)])
        let later = start + .seconds(900)
        #expect(policy.damping.faded(penalty, from: start, to: start + .seconds(450)) == 3000)
        #expect(policy.damping.faded(penalty, from: start, to: later) == 2000)
        #expect(policy.damping.faded(penalty, from: start, to: start + .seconds(900 * 12)) == 0)
        #expect(policy.damping.faded(penalty, from: later, to: start) == 4000)
        #expect(policy.damping.faded(.max, from: start, to: start) == policy.damping.maximumPenalty)
    }

    @Test func `a silence that ends in time costs a little`() {
        let change = assess([observed(health: .suspect, heard: -1)], watching: -10_000).changes[0]
        #expect(change.to == .alive && change.flapPenalty == 100)
    }

    private func assess(
        _ nodes: [ObservedNode],
        policy: HealthPolicy? = nil,
        watching: Int64
    ) -> HealthAssessment {
        assessHealth(nodes, policy: policy ?? self.policy, watchingSince: start + .seconds(watching), now: start)
    }

    private func observed(
        _ number: UInt64 = 1,
        health: NodeHealth = .alive,
        heard: Int64?,
        since: Int64 = -5000,
        linked: Bool = true,
        revision: UInt64 = 1,
        applied: UInt64 = 1,
        penalty: Int = 0
    ) -> ObservedNode {
        ObservedNode(
            id: nodeID(number),
            region: fra1,
            health: health,
            healthSince: start + .seconds(since),
            heardAt: heard.map { start + .seconds($0) },
            isLinked: linked,
            revision: Revision(revision),
            appliedRevision: Revision(applied),
            flapPenalty: penalty,
            flapPenaltyAt: start
        )
    }
}

extension HealthAssessment {
    fileprivate static let nothing = assessHealth(
        [],
        policy: HealthPolicy(),
        watchingSince: Timestamp(seconds: 0),
        now: Timestamp(seconds: 0)
    )
}
