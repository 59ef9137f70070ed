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

    @Test func `the status for people has a line for each member`() {
        let document = JSON.object([("a", .number(1)), ("b", .object([("c,d", .string("x:{\"")), ("e", .null)]))])
        #expect(StatusText.lines(document.text) == ["a: 1", "b: ", "  c,d: x:{\"", "  e: null"])
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
