import Cryptography
import Foundation
import LinkProtocol
import Model
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized) struct LingeringTests {
    private static let quick = [
        "HOLDFAST_DEVICE_LINGER_SILENCE_MS": "1000", "HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS": "100",
    ]

    private func enrolled() throws -> DaemonBench {
        let bench = try DaemonBench()
        let answer = try bench.enrol()
        try #require(answer.status == 0, "\(answer.output)")
        return bench
    }

    @Test func `a peer that moved away is let go without a word, and the digest is the same before and after`() throws {
        let bench = try enrolled()
        bench.deltas = [
            DaemonBench.delta(1), DaemonBench.delta(2), DaemonBench.delta(3, of: 1, isLingering: true),
        ]
        var rest = TableDigest.empty
        rest.insert(bench.deltas[1].upserts[0])
        try bench.start(environment: Self.quick)
        try bench.pump { bench.acknowledged?.revision == Revision(3) }
        #expect(bench.acknowledged?.tableDigest == rest)
        let acknowledgements = bench.acknowledgementCount
        try bench.pump { bench.heartbeat?.peersInTable == 1 }
        let heartbeat = try #require(bench.heartbeat)
        #expect(heartbeat.peersLingering == 0 && heartbeat.peersInKernel == 1)
        #expect(heartbeat.tableDigest == rest && heartbeat.appliedRevision == Revision(3))
        #expect(bench.acknowledgementCount == acknowledgements)
        #expect(try bench.figure("table", "peers_lingering") == 0)
        #expect(try bench.figure("device", "drift_repaired") == 0)
        // Setting the two, and removing the one: the mark itself was no step.
        #expect(try bench.figure("device", "peers_set") == 2)
        #expect(try bench.figure("device", "peers_removed") == 1)
        #expect(try bench.end(SIGTERM).status == 0)
    }

    @Test func `a peer that lingers is there after a restart, and is counted`() throws {
        let bench = try enrolled()
        bench.deltas = [DaemonBench.delta(1), DaemonBench.delta(2, of: 1, isLingering: true)]
        try bench.start()
        try bench.pump { bench.acknowledged?.revision == Revision(2) }
        _ = try bench.end(SIGKILL)
        try bench.start()
        try bench.pump { bench.heartbeat?.peersLingering == 1 }
        #expect(bench.hello?.tableDigest == .empty)
        #expect(try bench.figure("device", "peers") == 1)
        let status = try bench.run(["status", "--status-socket", bench.socket])
        #expect(status.output.contains("1 in the table (1 moved away)"))
        let peers = try bench.run(["peers", "--state-dir", bench.state])
        #expect(peers.output.contains("\tlingering"))
        // It moves back, and stays.
        bench.deltas.append(DaemonBench.delta(3, of: 1))
        try bench.pump { bench.acknowledged?.revision == Revision(3) && bench.heartbeat?.peersLingering == 0 }
        #expect(try bench.figure("table", "peers") == 1)
    }
}
