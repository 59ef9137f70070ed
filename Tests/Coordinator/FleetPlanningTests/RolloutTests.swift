import FleetPlanning
import Model
import Testing

@Suite struct RolloutTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    @Test func `a condition that the node had before says nothing about the version`() {
        let change = Change(conditionsBefore: ["clock"], conditions: ["clock"], conditionsSince: -900)
        #expect(step([rollout(1, told: -10, change: change)]).passed == [nodeID(1)])
    }

    @Test func `nodes of the wave are told, and no others`() {
        let nodes = [
            rollout(1, wave: 0, told: nil), rollout(2, wave: 1, told: nil),
            rollout(3, wave: 0, told: nil, health: .lost),
            rollout(4, wave: 0, told: nil, health: .suspect),
        ]
        #expect(step(nodes).step == .tell([nodeID(1)]))
    }

    @Test func `a node passes when it is back as it should be`() {
        let look = step([rollout(1, told: -10)])
        #expect(look.passed == [nodeID(1)])
        #expect(look.step == .wait(reason: "every node has passed; watched for 60 s more"))
    }

    @Test(arguments: [
        (Change(version: "1.3.0"), "exit-1 runs 1.3.0"), (Change(version: nil), "exit-1 runs an unknown version"),
        (Change(linked: false), "exit-1 has no link"), (Change(health: .returning), "exit-1 is returning"),
        (Change(applied: 6), "exit-1 is at revision 6 of 7"),
        (Change(inKernel: 99), "exit-1 has 99 peers in its kernel and 100 in its table"),
        (Change(inKernel: nil), "exit-1 has not said how many peers it has"),
        (Change(active: 19), "exit-1 has 19 active peers, 40 before"),
        (Change(conditions: ["wireguard", "route"]), "exit-1 is closed by wireguard, route"),
        (Change(active: nil), "exit-1 has not said how many peers are active (40 before)"),
    ])
    func `what is not yet in order is waited for, and halts after the time for it`(change: Change, reason: String) {
        let waiting = step([rollout(1, told: -899, change: change)])
        #expect(waiting.passed.isEmpty && waiting.step == .wait(reason: reason))
        let late = step([rollout(1, told: -900, change: change)])
        #expect(late.step == .halt(reason: "version 1.4.0: \(reason)"))
    }

    @Test(arguments: [
        (Change(refused: 4), "exit-1 refused 1 more change since"),
        (
            Change(conditionsBefore: ["clock"], conditions: ["clock", "peer-table"], conditionsSince: -30),
            "exit-1 is closed by peer-table"
        ),
        (Change(health: .lost), "exit-1 was lost after it was told"),
    ])
    func `what waiting cannot make good halts at once`(change: Change, reason: String) {
        #expect(step([rollout(1, told: -1, change: change)]).step == .halt(reason: "version 1.4.0: \(reason)"))
        // In the soak too.
        let passed = rollout(1, told: -100, passed: -30, change: change)
        #expect(step([passed]).step == .halt(reason: "version 1.4.0: \(reason)"))
    }

    @Test func `on the way back each node runs what it ran before`() {
        let back = step([
            rollout(1, told: -10, change: Change(version: "1.3.9", wanted: "1.3.9")),
            rollout(2, told: -10, change: Change(wanted: "1.3.8")),
        ])
        #expect(back.passed == [nodeID(1)] && back.step == .wait(reason: "exit-2 runs 1.4.0"))
    }

    @Test func `half of the active peers are enough, and few peers say nothing`() {
        #expect(step([rollout(1, told: -1, change: Change(active: 20))]).passed == [nodeID(1)])
        #expect(step([rollout(1, told: -1, change: Change(activeBefore: 9, active: 0))]).passed == [nodeID(1)])
        #expect(step([rollout(1, told: -1, change: Change(activeBefore: nil, active: 0))]).passed == [nodeID(1)])
        #expect(step([rollout(1, told: -1, change: Change(activeBefore: 10, active: 4))]).passed.isEmpty)
    }

    @Test func `a wave that has soaked in good order is followed by the next`() {
        let soaked = [rollout(1, told: -300, passed: -60), rollout(2, wave: 1, told: nil)]
        #expect(step(soaked).step == .passWave(next: 1))
        #expect(
            step([rollout(1, told: -300, passed: -59)]).step
                == .wait(reason: "every node has passed; watched for 1 s more")
        )
        #expect(step(soaked, current: 1).step == .tell([nodeID(2)]))
        let blinking = rollout(1, told: -1000, passed: -120, change: Change(linked: false))
        #expect(step([blinking]).step == .wait(reason: "exit-1 has no link"))
    }

    @Test func `the last wave is the end`() {
        #expect(step([rollout(1, wave: 3, told: -300, passed: -60)], current: 3).step == .done)
        #expect(step([], current: 3).step == .done)
    }

    @Test func `a node that was lost before it was told is skipped, and told when it is back`() {
        let lost = rollout(2, told: nil, health: .lost)
        let passed = rollout(1, told: -300, passed: -60)
        #expect(step([passed, lost]).step == .passWave(next: 1))
        let back = rollout(2, wave: 0, told: nil)
        #expect(step([passed, back, rollout(3, wave: 1, told: -5, passed: -4)], current: 1).step == .tell([nodeID(2)]))
    }

    @Test func `a node out of sight is waited for, and then skipped`() {
        let nodes = [rollout(1, told: -1000, passed: -800), rollout(2, told: nil, health: .suspect)]
        #expect(step(nodes, began: -899).step == .wait(reason: "exit-2 is suspect"))
        #expect(step(nodes, began: -900).step == .passWave(next: 1))
    }

    @Test func `no wave passes when nothing has proved the version`() {
        let lost = [rollout(1, told: nil, health: .lost), rollout(2, wave: 1, told: nil)]
        let reason = "version 1.4.0: no node could be told, so nothing has proved it"
        #expect(step(lost).step == .halt(reason: reason))
        // A wave without nodes of its own is no such wave.
        #expect(step([rollout(1, wave: 1, told: nil)]).step == .passWave(next: 1))
    }

    @Test func `a node of an earlier wave that dies much later is another matter`() {
        let nodes = [
            rollout(1, told: -90_000, passed: -80_000, health: .lost), rollout(2, wave: 1, told: -300, passed: -60),
        ]
        #expect(step(nodes, current: 1).step == .passWave(next: 2))
    }

    @Test func `a halt names ten nodes and counts the others`() {
        let nodes = (1...12 as ClosedRange<UInt64>).map { rollout($0, told: -900, change: Change(linked: false)) }
        guard case .halt(let reason) = step(nodes).step else { return #expect(Bool(false), "it does not halt") }
        #expect(reason.contains("exit-10 has no link, and 2 nodes more"))
    }

    /// What differs from a node in order: 1.4.0, revision 7, 100 peers, 40 of 40 active, 3 refusals as before.
    struct Change: Sendable {
        var version: String? = "1.4.0"
        var wanted: String?
        var linked = true
        var health: NodeHealth?
        var applied: UInt64 = 7
        var inKernel: Int? = 100
        var activeBefore: Int? = 40
        var active: Int? = 40
        var refused: Int64 = 3
        var conditionsBefore: [String] = []
        var conditions: [String] = []
        var conditionsSince: Int64 = 0
    }

    private func rollout(
        _ number: UInt64,
        wave: Int = 0,
        told: Int64?,
        passed: Int64? = nil,
        health: NodeHealth = .alive,
        change: Change = Change()
    ) -> RolloutNode {
        RolloutNode(
            id: nodeID(number),
            wave: wave,
            wantedVersion: change.wanted,
            agentVersion: change.version,
            isLinked: change.linked,
            health: change.health ?? health,
            revision: Revision(7),
            appliedRevision: Revision(change.applied),
            refusedBefore: 3,
            refusedNow: change.refused,
            activeBefore: change.activeBefore,
            activeNow: change.active,
            peersInTable: 100,
            peersInKernel: change.inKernel,
            conditionsBefore: change.conditionsBefore,
            conditionsNow: change.conditions,
            conditionsSince: change.conditions.isEmpty ? nil : now + .seconds(change.conditionsSince),
            toldAt: told.map { now + .seconds($0) },
            passedAt: passed.map { now + .seconds($0) }
        )
    }

    private func step(
        _ nodes: [RolloutNode],
        current: Int = 0,
        began: Int64 = -300
    ) -> (passed: [NodeID], step: RolloutStep) {
        stepRollout(
            version: "1.4.0",
            waves: 4,
            currentWave: current,
            waveBeganAt: now + .seconds(began),
            nodes: nodes,
            names: names(1...20),
            now: now
        )
    }
}
