import DaemonRuntime
import Foundation
import Model
import Testing

@testable import NodeAgentDaemon

struct PartTests {
    private static let record = NodeRecord(
        nodeID: NodeID(high: 1, low: 2),
        name: "exit1",
        region: RegionName("fra1")!,
        coordinators: [HostPort("[2001:db8::1]:7443")!, HostPort("c.example.net:7443")!],
        endpoint: HostPort("192.0.2.1:51820"),
        listenPort: 51_820,
        interface: "holdfast0",
        network: TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!, IPPrefix("fd68::1/64")!], mtu: 1420),
        tokenHash: [1, 2, 3]
    )

    @Test func `a node's record is read as it was written, and never when cut`() {
        #expect(NodeRecord(text: Self.record.text) == Self.record)
        let lines = Self.record.text.split(separator: "\n", omittingEmptySubsequences: false)
        for count in 0..<8 { #expect(NodeRecord(text: lines.prefix(count).joined(separator: "\n")) == nil) }
        #expect(NodeRecord(text: Self.record.text + "nonsense\n") == nil)
        var keyed = Self.record
        keyed.wireguardKey = PublicKey(uncheckedBytes: [UInt8](repeating: 5, count: 32))
        #expect(NodeRecord(text: keyed.text) == keyed)
        #expect(NodeRecord(text: Self.record.text + "wireguard_key = none\n") == nil)
    }

    @Test func `JSON of our own is JSON`() throws {
        let text = "a\"\\\n\u{1}é🙂"
        let document = JSON.object([
            ("t", .string(text)), ("n", .number(.min)), ("l", .array([.null, .boolean(true)])),
        ])
        let value = try JSONSerialization.jsonObject(with: Data(document.text.utf8)) as? [String: Any]
        #expect(value?["t"] as? String == text)
        #expect(value?["n"] as? Int64 == .min)
    }

    @Test(
        arguments: [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (90_000, "1 d 1 h"), (86_405, "1 d"),
            (-5, "0 s"),
        ] as [(Int64, String)]
    )
    func `ages are told in their two greatest units`(seconds: Int64, text: String) {
        #expect(Age.text(seconds) == text)
    }

    @Test func `a metric's labels cannot end their line`() {
        var metrics = MetricsText()
        metrics.add(.info, 1, labels: [("name", "a\"b\\c\nd")])
        metrics.add(.clockSkew, Double?.none)
        #expect(metrics.text.hasSuffix("\nholdfast_agent_info{name=\"a\\\"b\\\\c\\nd\"} 1\n"))
        #expect(metrics.text.split(separator: "\n").count == 3)
    }

    @Test func `the page of metrics lists the agent's, each with its meaning`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/METRICS.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `holdfast_agent_") }.map(String.init)
        #expect(listed == AgentMetric.allCases.map { "| `\($0.rawValue)` | \($0.kind) | \($0.help) |" })
    }

    @Test func `the page of settings holds the agent's as they are declared`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/CONFIGURATION.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let isThere = page.contains("```toml\n\(AgentSettings.catalogue.exampleFile)```\n")
        #expect(isThere, "run: make configuration")
    }

    @Test func `reconciling is paced`() {
        var schedule = ReconcileSchedule(interval: .seconds(30), now: .seconds(100))
        #expect(schedule.isDue(at: .seconds(100)))
        schedule.succeeded(at: .seconds(100))
        #expect(schedule.deadline == .seconds(130))
        schedule.interfaceChanged(at: .seconds(100))
        #expect(schedule.deadline == .seconds(100) + .milliseconds(100))
        schedule.failed(at: .seconds(101), random: 0)
        #expect(schedule.deadline == .seconds(101) + .milliseconds(100))
        for _ in 0..<20 { schedule.failed(at: .seconds(200), random: 1) }
        #expect(schedule.deadline == .seconds(230))
    }
}
