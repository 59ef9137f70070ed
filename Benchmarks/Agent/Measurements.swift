import BenchmarkSupport
import LabSupport
import LinkProtocol
import Model

/// One table after the other: small, medium, large.
struct Measurements {
    let lab: Lab
    let large: Int
    let rounds: Int

    func run() throws {
        let coordinator = try BenchCoordinator()
        let agent = BenchAgent(lab: lab, coordinator: coordinator)
        try agent.enrol()
        let tool = WireGuardTool(lab: lab)
        try small(agent, coordinator)
        try fill(agent, coordinator, to: 10_000, figure: "snapshot_10k_ms")
        try restores(agent, coordinator, tool, name: "10k", rounds: max(rounds, 5))
        try fill(agent, coordinator, to: large, figure: "snapshot_100k_ms")
        try largeTable(agent, coordinator, tool)
        try restores(agent, coordinator, tool, name: "100k", rounds: rounds)
        try agent.stop()
    }

    private func small(_ agent: BenchAgent, _ coordinator: BenchCoordinator) throws {
        try agent.start()
        try fill(agent, coordinator, to: 1000, figure: nil)
        try agent.restart()
        try coordinator.serve("the link") { coordinator.isLinked }
        emit("change_at_1k_ms", try changes(coordinator, count: 200))
        Figure("agent", "rss_mb_1k", try agent.residentMemory_mb(), "MB").emit()
    }

    private func largeTable(_ agent: BenchAgent, _ coordinator: BenchCoordinator, _ tool: WireGuardTool) throws {
        try agent.restart()
        try coordinator.serve("the link") { coordinator.isLinked }
        emit("change_at_100k_ms", try changes(coordinator, count: 200))
        Figure("agent", "rss_mb_100k", try agent.residentMemory_mb(), "MB").emit()
        try churn(agent, coordinator)
        try watching(agent, coordinator)
        try comparisons(agent, coordinator, tool)
        try flow(agent, coordinator)
    }

    /// A whole table over the link: from its first byte to the acknowledgement.
    private func fill(_ agent: BenchAgent, _ coordinator: BenchCoordinator, to count: Int, figure: String?) throws {
        try coordinator.serve("the link") { coordinator.isLinked }
        let took = try coordinator.sendSnapshot(peers: count)
        note("a snapshot of \(count) peers was acknowledged after \(took.text)")
        if let figure { Figure("agent", figure, took.milliseconds, "ms").emit() }
        try require(try agent.status().peersInTable == count, "the table does not have \(count) peers")
    }

    /// One peer comes, one goes, in turn: from the delta's sending to its acknowledgement, on a disk that costs nothing.
    private func changes(_ coordinator: BenchCoordinator, count: Int) throws -> Sample {
        var sample = Sample()
        for number in 0..<count {
            sample.add(
                number % 2 == 0
                    ? try coordinator.sendDelta(upserts: [BenchPeers.extra(0)])
                    : try coordinator.sendDelta(removals: [BenchPeers.extra(0).publicKey])
            )
        }
        return sample
    }

    private func emit(_ name: String, _ sample: Sample) {
        Figure("agent", name, sample.percentile_ms(50), "ms", n: sample.count).emit()
        let p99 = name.replacing("_ms", with: "_p99_ms")
        Figure("agent", p99, sample.percentile_ms(99), "ms", n: sample.count).emit()
    }

    /// Memory after many peers have come and gone.
    private func churn(_ agent: BenchAgent, _ coordinator: BenchCoordinator) throws {
        let extras = (0..<500).map(BenchPeers.extra)
        let rounds = 100
        for _ in 0..<rounds {
            _ = try coordinator.sendDelta(upserts: extras)
            _ = try coordinator.sendDelta(removals: extras.map(\.publicKey))
        }
        let changes = 2 * rounds * extras.count
        Figure("agent", "rss_mb_100k_after_churn", try agent.residentMemory_mb(), "MB", n: changes).emit()
    }

    /// What an agent costs that only watches: no comparison, no change, a heartbeat a minute.
    private func watching(_ agent: BenchAgent, _ coordinator: BenchCoordinator) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let before = try agent.processorTime()
        try coordinator.serve("a minute", pause: .milliseconds(500)) { clock.now >= start + .seconds(60) }
        let spent = try agent.processorTime() - before
        Figure("agent", "watch_100k_core_percent", spent / (clock.now - start) * 100, "%").emit()
    }

    /// The cold start: no interface, the table on disk; until the agent says that the tunnels are up.
    private func restores(
        _ agent: BenchAgent,
        _ coordinator: BenchCoordinator,
        _ tool: WireGuardTool,
        name: String,
        rounds: Int
    ) throws {
        var ours = Sample()
        var theirs = Sample()
        try tool.write(BenchPeers.entries(coordinator.peerCount))
        for round in 1...rounds {
            try agent.kill()
            try agent.removeInterface()
            // The kernel frees the peers of an interface after its removal, on the one processor there is.
            rest(.seconds(1))
            ours.add(try agent.start())
            try require(try agent.status().kernelChanges == coordinator.peerCount, "the restore set other peers")
            rest(.seconds(1))
            theirs.add(try tool.setconf())
            try tool.removeInterface()
            rest(.seconds(1))
            note("restore of \(name), round \(round) of \(rounds)")
        }
        let (restore, setconf) = (ours.percentile_ms(50), theirs.percentile_ms(50))
        Figure("agent", "restore_\(name)_ms", restore, "ms", n: rounds).emit()
        Figure("agent", "setconf_\(name)_ms", setconf, "ms", n: rounds).emit()
        Figure("agent", "restore_\(name)_ratio_setconf", restore / setconf, "x", n: rounds).emit()
    }

    /// The periodic comparison of an unchanged table, in turn with `wg show dump` of the same interface.
    private func comparisons(_ agent: BenchAgent, _ coordinator: BenchCoordinator, _ tool: WireGuardTool) throws {
        agent.reconcileInterval = .seconds(8)
        try agent.restart()
        var ours = Sample()
        var theirs = Sample()
        for _ in 0..<max(rounds, 5) {
            let seen = try agent.figures().reconciliations
            try wait(for: "the next comparison", within: .seconds(60)) {
                try agent.figures().reconciliations > seen
            }
            ours.add(try agent.figures().lastReconciliation)
            theirs.add(try tool.dump(BenchAgent.interface))
        }
        try require(try agent.status().kernelChanges == 0, "an unchanged table was programmed")
        let (reconcile, dump) = (ours.percentile_ms(50), theirs.percentile_ms(50))
        Figure("agent", "reconcile_100k_ms", reconcile, "ms", n: ours.count).emit()
        Figure("agent", "dump_100k_ms", dump, "ms", n: theirs.count).emit()
        Figure("agent", "reconcile_100k_ratio_dump", reconcile / dump, "x", n: ours.count).emit()
        Figure("agent", "reconcile_100k_changes", Double(try agent.status().kernelChanges), "changes").emit()
        try syncconf(tool)
    }

    /// What the same comparison costs where `wg syncconf` makes it.
    private func syncconf(_ tool: WireGuardTool) throws {
        try tool.write(BenchPeers.entries(large))
        _ = try tool.setconf()
        Figure("agent", "syncconf_100k_ms", try tool.syncconf().milliseconds, "ms").emit()
        try tool.removeInterface()
    }

    /// A running flow while the agent restarts and compares, with the large table.
    private func flow(_ agent: BenchAgent, _ coordinator: BenchCoordinator) throws {
        agent.reconcileInterval = .seconds(3)
        try agent.restart()
        try coordinator.serve("the link") { coordinator.isLinked }
        let client = try BenchClient(lab: lab, nodeKey: coordinator.nodeKey, coordinator)
        let ping = try PingProbe(lab: lab, from: client.host, to: BenchPeers.nodeAddress)
        for _ in 0..<3 {
            try agent.restart()
            let seen = try agent.figures().reconciliations
            try coordinator.serve("two comparisons", pause: .milliseconds(100)) {
                try agent.figures().reconciliations >= seen + 2
            }
        }
        let tally = try ping.stop()
        note("\(tally.sent) packets sent, the longest silence \(tally.longestSilence.text)")
        try require(tally.sent > 200, "the flow hardly ran")
        Figure("agent", "lost_packets", Double(tally.lost), "packets", n: tally.sent).emit()
    }
}
