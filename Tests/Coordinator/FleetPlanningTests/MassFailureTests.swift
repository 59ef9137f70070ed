import FleetPlanning
import Model
import Testing

/// The brake: so many nodes fell silent at once that the coordinator suspects itself.
@Suite struct MassFailureTests {
    private let start = Timestamp(seconds: 1_800_000_000)

    @Test(arguments: [
        // silent, of a region of, in a fleet of: whether the silent ones become lost
        (1, 1, 1, true), (1, 2, 2, true), (1, 3, 3, true), (2, 2, 2, false), (2, 4, 4, false),
        (2, 9, 100, false), (2, 10, 100, true), (3, 10, 100, false), (20, 100, 100, true), (21, 100, 100, false),
        (1, 4, 1000, true),
    ])
    func `a region may lose a fifth at once, and always one`(silent: Int, region: Int, fleet: Int, isLost: Bool) {
        let assessment = assess(region: region, silent: silent, others: fleet - region)
        #expect(assessment.changes.filter { $0.to == .lost }.count == (isLost ? silent : 0))
        #expect((assessment.brake == nil) == isLost)
    }

    @Test func `a fleet may lose three tenths at once, whatever the regions say`() {
        let blind = HealthPolicy(brakeRegion_permille: 1000)
        let within = assess(region: 20, silent: 6, others: 0, policy: blind)
        #expect(within.brake == nil && within.changes.count == 6)
        let beyond = assess(region: 20, silent: 7, others: 0, policy: blind)
        #expect(beyond.changes.isEmpty)
        #expect(beyond.brake?.description == "silent at once: 7 of the fleet's 20 nodes; nobody is declared lost")
    }

    @Test func `a brake in one region holds everywhere, and names the region`() {
        let nodes =
            nodes(1...10, fra1, silence: [600, 600, 600]) + nodes(101...110, ams1, silence: [600])
        let assessment = assess(nodes)
        #expect(assessment.changes.isEmpty)
        #expect(assessment.brake?.description == "silent at once: 3 of 10 nodes of fra1; nobody is declared lost")
    }

    @Test func `suspects that are heard again are alive under the brake too`() {
        let silence: [Int64] = [600, 600, 600, 600, 3]
        let assessment = assess(nodes(1...6, fra1, silence: silence))
        #expect(assessment.brake != nil)
        #expect(assessment.changes.map(\.to) == [.alive])
    }

    @Test func `nodes lost long ago count no more, nodes lost just now do`() {
        let lost = { (number: UInt64, since: Int64) in node(number, fra1, .lost, silence: since + 120, since: since) }
        let others = nodes(10...14, fra1, silence: [600])
        #expect(assess([lost(1, 120), lost(2, 120), lost(3, 120)] + others).changes.map(\.to) == [.lost])
        #expect(assess([lost(1, 119)] + others).changes.isEmpty)
    }

    @Test func `a failover looks at everybody anew before it loses anybody`() {
        let all = nodes(1...10, fra1, silence: Array(repeating: 600, count: 10))
        for second in stride(from: Int64(0), through: 600, by: 15) {
            let assessment = assess(all, watching: -second)
            #expect(!assessment.changes.contains { $0.to == .lost })
            #expect((assessment.brake != nil) == (second >= 45))
        }
    }

    @Test func `nodes that never called do not make a region larger`() {
        let fresh = (50...90 as ClosedRange<UInt64>).map { number in
            ObservedNode(
                id: nodeID(number),
                region: fra1,
                health: .alive,
                healthSince: start,
                heardAt: nil,
                isLinked: false,
                revision: .zero,
                appliedRevision: .zero,
                flapPenalty: 0,
                flapPenaltyAt: start
            )
        }
        #expect(assess(nodes(1...4, fra1, silence: [600, 600]) + fresh).brake != nil)
    }

    private func assess(
        region: Int,
        silent: Int,
        others: Int,
        policy: HealthPolicy = HealthPolicy()
    ) -> HealthAssessment {
        let silence = Array(repeating: Int64(600), count: silent)
        var all = nodes(1...UInt64(region), fra1, silence: silence)
        if others > 0 { all += nodes(5001...5000 + UInt64(others), ams1, silence: []) }
        return assess(all, policy: policy)
    }

    private func assess(
        _ nodes: [ObservedNode],
        policy: HealthPolicy = HealthPolicy(),
        watching: Int64 = -10_000
    ) -> HealthAssessment {
        assessHealth(nodes, policy: policy, watchingSince: start + .seconds(watching), now: start)
    }

    /// The first ones are suspect and have been silent as given; the others are alive and were heard just now.
    private func nodes(_ numbers: ClosedRange<UInt64>, _ region: RegionName, silence: [Int64]) -> [ObservedNode] {
        numbers.enumerated().map { index, number in
            index < silence.count
                ? node(number, region, .suspect, silence: silence[index], since: 500)
                : node(number, region, .alive, silence: 1, since: 9000)
        }
    }

    private func node(
        _ number: UInt64,
        _ region: RegionName,
        _ health: NodeHealth,
        silence: Int64,
        since: Int64
    ) -> ObservedNode {
        ObservedNode(
            id: nodeID(number),
            region: region,
            health: health,
            healthSince: start - .seconds(since),
            heardAt: start - .seconds(silence),
            isLinked: silence < 45,
            revision: Revision(1),
            appliedRevision: Revision(1),
            flapPenalty: 0,
            flapPenaltyAt: start
        )
    }
}
