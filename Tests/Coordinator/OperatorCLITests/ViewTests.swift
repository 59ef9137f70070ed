import Model
import Testing

@testable import OperatorCLI

/// What people see of what the coordinator sends.
struct ViewTests {
    static let now = Timestamp("2026-03-01T12:00:00Z")!

    private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

    private func node(_ fields: String = "") throws -> JSONDocument {
        try document(
            """
            {"name": "exit1", "region": "fra1", "health": "alive", "schedulable": true, "cordoned": false, "peers": 2500,
             "capacity": 10000, "lingering": 3, "cpu_percent": 41.5, "heard_at": "2026-03-01T11:59:55Z",
             "agent_version": "1.3.0"\(fields)}
            """
        )
    }

    @Test func `nodes are a table`() throws {
        let drained = try document(
            """
            {"name": "exit-long-name", "region": "ams1", "health": "suspect", "schedulable": false, "cordoned": true,
             "operation_kind": "drain", "peers": 0, "capacity": 0, "lingering": 0, "agent_version": "1.3.0",
             "desired_version": "1.4.0"}
            """
        )
        let lines = Views.nodes([try node(), drained], now: Self.now)
        #expect(
            lines == [
                "NAME            REGION  HEALTH   STATUS  PEERS  CAPACITY  USED  LINGERING  CPU  HEARD   VERSION",
                "exit1           fra1    alive    ready   2,500    10,000   25%          3  41%  5s ago  1.3.0",
                "exit-long-name  ams1    suspect  drain       0         0     -          0    -  -       1.3.0 -> 1.4.0",
            ]
        )
    }

    @Test func `a node that waits for an operator's word says so in the list`() throws {
        let moved = try document(
            """
            {"name": "exit1", "health": "alive", "schedulable": false, "cordoned": false, "endpoint_pending": "5.9.1.1:53"}
            """
        )
        let copied = try document(
            """
            {"name": "exit2", "health": "lost", "schedulable": false, "cordoned": false, "machine_refused": true}
            """
        )
        let lines = Views.nodes([moved, copied], now: Self.now)
        #expect(lines[1].contains("endpoint pending"))
        #expect(lines[2].contains("machine refused"))
    }

    @Test func `facts are a table, and one that comes from outside stays on its line`() throws {
        let facts = try [
            document(#"{"name": "tier", "value": "basic", "because": "by its products"}"#),
            document(#"{"name": "to mend", "value": "no tier has \u001b[2J"}"#),
        ]
        let lines = Views.facts(facts)
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("tier") && lines[1].hasSuffix("by its products"))
        #expect(!lines.joined().contains("\u{1b}"))
    }

    @Test func `a closed node says why, and its region how many are closed`() throws {
        let closed = try node(#", "closed_by": ["exit-policy", "clock\u001b"], "conditions": {"clock": "x"}"#)
        #expect(Views.nodes([closed], now: Self.now)[1].contains("exit-policy, clock\u{fffd}  "))
        let drained = try node(#", "operation_kind": "drain", "closed_by": ["cordoned"]"#)
        #expect(Views.nodes([drained], now: Self.now)[1].contains("  drain  "))
        let region = try document(
            #"{"name": "fra1", "nodes": 3, "closed": {"cordoned": 2, "out-of-order": 1}, "peers": 0, "capacity": 1}"#
        )
        #expect(Views.regions([region])[1].hasSuffix("2 cordoned, 1 out-of-order"))
    }

    @Test func `what others have written cannot move the terminal's cursor`() throws {
        let evil = try document(#"{"name": "a\u001b[2Jb\u009b", "region": "x\ny"}"#)
        let lines = Views.nodes([evil], now: Self.now)
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("a\u{fffd}[2Jb\u{fffd}  x y"))
        #expect(Views.details(evil, now: Self.now).allSatisfy { !$0.contains("\u{1b}") })
    }

    @Test(arguments: [
        (0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d"),
    ])
    func `spans of time have one unit`(seconds: Int, text: String) {
        #expect(HumanText.duration(.seconds(seconds)) == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
        (Int64.min, "-9,223,372,036,854,775,808"),
    ])
    func `large numbers have groups`(number: Int64, text: String) {
        #expect(HumanText.count(number) == text)
    }

    @Test func `times are said from now`() {
        #expect(HumanText.ago("2026-03-01T11:00:00Z", now: Self.now) == "60m ago")
        #expect(HumanText.ago("2026-03-01T13:00:00Z", now: Self.now) == "in 60m")
        #expect(HumanText.ago(nil, now: Self.now) == "-")
        #expect(HumanText.ago("soon", now: Self.now) == "soon")
    }

    @Test func `progress is a bar that fits the terminal`() throws {
        let operation = try document(
            #"{"state": "running", "total": 400, "moved": 120, "in_flight": 20, "unplaced": 0, "lingering": 3}"#
        )
        #expect(Progress.text(operation) == "running: 120 of 400 peers moved, 20 under way, 3 kept for a while")
        let bar = Progress.bar(operation, width: 120)
        #expect(bar.hasPrefix("[############............................] 30% running"))
        for width in [0, 1, 20, 79, 80, 300] { #expect(Progress.bar(operation, width: width).count <= width) }
    }

    @Test func `the progress of an operation without peers is whole`() throws {
        let operation = try document(#"{"state": "done", "total": 0, "moved": 0}"#)
        #expect(Progress.bar(operation, width: 100).contains("########"))
    }

    @Test(arguments: [
        ("running", OperationWatch.Verdict.goOn), ("lingering", .goOn), ("cancelling", .goOn), ("done", .done),
        ("cancelled", .failed(.operationCancelled(id: "o1"))), ("a state of the future", .goOn),
        ("failed", .failed(.operationFailed("the operation failed: why"))),
        ("waiting", .failed(.waitingForRoom("why"))),
    ])
    func `each state of an operation ends the waiting or does not`(state: String, verdict: OperationWatch.Verdict)
        throws
    {
        let operation = try document(#"{"id": "o1", "state": "\#(state)", "reason": "why"}"#)
        #expect(OperationWatch.verdict(operation, untilMoved: false) == verdict)
        if state == "lingering" { #expect(OperationWatch.verdict(operation, untilMoved: true) == .done) }
    }

    @Test func `the exit statuses are told apart`() {
        #expect(CommandFailure.refused(status: 404, problem: nil, title: "", detail: nil).exitCode == 1)
        #expect(CommandFailure.refused(status: 401, problem: nil, title: "", detail: nil).exitCode == 77)
        #expect(CommandFailure.refused(status: 403, problem: nil, title: "", detail: nil).exitCode == 77)
        #expect(CommandFailure.refused(status: 503, problem: nil, title: "", detail: nil).exitCode == 75)
        #expect(CommandFailure.unreachable(address: "", reason: "").exitCode == 69)
        #expect(CommandFailure.operationFailed("").exitCode == 1)
        #expect(CommandFailure.operationCancelled(id: "").exitCode == 2)
        #expect(CommandFailure.waitingForRoom("").exitCode == 75)
        #expect(CommandFailure.timeout("").exitCode == 75)
    }

    @Test func `top puts what needs looking at first, and fits the screen`() throws {
        let lost = try document(#"{"name": "z", "region": "fra1", "health": "lost", "peers": 1, "capacity": 10}"#)
        let region = try document(
            #"{"name": "fra1", "nodes": 2, "healthy": 1, "schedulable": 1, "peers": 2501, "capacity": 10010}"#
        )
        let screen = TopScreen(
            coordinator: "c:7444",
            regions: [region],
            nodes: [try node(), lost],
            operations: [],
            trouble: nil
        )
        let lines = screen.lines(columns: 500, rows: nil, now: Self.now)
        #expect(
            lines[0] == "holdfast top - 2026-03-01T12:00:00Z  c:7444  1 of 2 nodes alive, 2,501 peers of 10,010 (24%)"
        )
        let nodes = lines.suffix(2)
        #expect(nodes.first?.hasPrefix("z ") == true)
        for (columns, rows) in [(80, 24), (20, 5), (1, 1), (200, 2)] {
            let drawn = screen.lines(columns: columns, rows: rows, now: Self.now)
            #expect(drawn.count <= rows)
            #expect(drawn.allSatisfy { $0.count <= columns })
        }
    }

    @Test func `cells of a table are one printable line each`() throws {
        let evil = #"a\u009b31m\u202eb\u2028c\nd\u200be\u0007"#
        let node = try document(
            #"{"name": "\#(evil)", "region": "\#(evil)", "health": "\#(evil)", "agent_version": "\#(evil)"}"#
        )
        let screen = TopScreen(coordinator: "c", regions: [node], nodes: [node], operations: [node], trouble: "a\u{9b}")
        let views = [
            screen.lines(columns: .max, rows: nil, now: Self.now), Views.details(node, now: Self.now),
            Views.joinTokens([node], now: Self.now), Views.audit([node]), Views.capacity([node], now: Self.now),
            Views.parked([node], now: Self.now), Views.rollouts([node], now: Self.now),
            Views.rolloutNodes([node], now: Self.now),
        ]
        for line in views.joined() {
            #expect(line.unicodeScalars.allSatisfy { PrintableText.isPrintable($0) }, "\(line)")
        }
        let json = String(decoding: try node.bytes(pretty: true), as: UTF8.self)
        #expect(json.unicodeScalars.allSatisfy { PrintableText.isPrintable($0) || $0 == "\n" })
        #expect(try JSONDocument(Array(json.utf8)) == node)
    }

    @Test func `a narrow screen keeps a node's name, state and version`() throws {
        let node = try document(
            #"""
            {"name": "exit-frankfurt-12", "region": "fra1", "health": "alive", "schedulable": true, "peers": 12345,
            "capacity": 20000, "cpu_percent": 12, "agent_version": "1.10.0~rc2", "desired_version": "1.11.0"}
            """#
        )
        let lines = Views.nodes([node], now: Self.now, columns: 80)
        #expect(lines.allSatisfy { $0.count <= 80 })
        for word in ["exit-frankfurt-12", "alive", "ready", "12,345", "1.10.0~rc2 -> 1.11.0"] {
            #expect(lines[1].contains(word))
        }
        #expect(Views.nodes([node], now: Self.now)[0].contains("LINGERING"))
    }

    @Test func `help shows spans as they are typed`() {
        #expect(DurationArgument(argument: "2s")?.defaultValueDescription == "2s")
    }

    @Test(arguments: [
        "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /build/.build/checkouts/swift-nio-ssl/Sources/CNIOBoringSSL/ssl/handshake.cc:393]))",
        "sslError([Error: something at /build/ssl/tls_record.cc:1])",
    ])
    func `a fault of TLS is told without the library's own words`(text: String) {
        struct Fault: Error, CustomStringConvertible {
            let description: String
        }
        let words = TLSWords.text(Fault(description: text))
        #expect(!words.contains("/") && !words.contains("SSL") && !words.isEmpty)
    }
}
