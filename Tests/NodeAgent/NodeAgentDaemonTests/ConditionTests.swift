import Foundation
import LinkProtocol
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized) struct ConditionTests {
    private func linked(_ environment: [String: String] = [:]) throws -> DaemonBench {
        let bench = try DaemonBench()
        try #require(try bench.enrol().status == 0)
        try bench.start(environment: environment)
        try bench.pump { bench.heartbeat != nil }
        return bench
    }

    private func kinds(_ bench: DaemonBench) -> Set<NodeCondition.Kind> {
        Set(bench.heartbeat?.conditions.map(\.kind) ?? [])
    }

    private func told(_ bench: DaemonBench) throws -> Set<String> {
        let conditions = try #require(try bench.status()["conditions"] as? [[String: Any]])
        return Set(conditions.compactMap { $0["kind"] as? String })
    }

    @Test func `another key on disk is a condition in heartbeat and status, and over when the right one is back`()
        throws
    {
        let bench = try linked()
        let path = bench.state + "/wireguard.key"
        let own = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.moveItem(atPath: path, toPath: path + ".kept")
        try bench.pump { kinds(bench).contains(.identity) }
        #expect(try told(bench).contains("identity"))
        let other = Data(repeating: 65, count: 43) + Data("=\n".utf8)
        _ = FileManager.default.createFile(atPath: path, contents: other, attributes: [.posixPermissions: 0o600])
        try bench.pump { bench.heartbeat?.conditions.contains { $0.detail.contains("another key") } ?? false }
        let hello = try #require(bench.hello).wireguardPublicKey
        // Started with the other key, the agent is still the node that enrolled.
        _ = try bench.end(SIGTERM)
        try bench.start()
        try bench.pump { kinds(bench).contains(.identity) }
        #expect(bench.hello?.wireguardPublicKey == hello)
        try FileManager.default.removeItem(atPath: path)
        _ = FileManager.default.createFile(atPath: path, contents: own, attributes: [.posixPermissions: 0o600])
        try bench.pump { !kinds(bench).contains(.identity) }
        #expect(try !told(bench).contains("identity"))
    }

    @Test func `a disk under its floor and a clock far off are conditions`() throws {
        // The floor is more than any disk has; the coordinator of the test lives in 2027.
        let bench = try linked(["HOLDFAST_STATE_FREE_MIN_MIB": "1048576"])
        try bench.pump { kinds(bench).isSuperset(of: [.peerTable, .clock]) }
        #expect(try told(bench) == Set(kinds(bench).map(\.rawValue)))
        let text = try bench.run(["status", "--status-socket", bench.socket])
        #expect(text.output.contains("NONE TAKEN") && text.output.contains("peer-table"), "\(text.output)")
        let checked = try bench.run(["check", "--state-dir", bench.state, "--status-socket", bench.socket])
        #expect(checked.status == 1 && checked.output.contains("FAILED  peer table"), "\(checked.output)")
    }
}
