import Database
import FleetControl
import FleetPlanning
import Model
import Placement
import Store
import Testing

/// Nodes that do not do their work: they get no peers, and what they have not installed goes to others.
@Suite(.timeLimit(.minutes(10))) struct StuckPlacementTests {
    private func close(_ node: NodeID, _ fleet: ControlledFleet, kind: String = "exit-policy") async throws {
        try await fleet.execute(
            """
            UPDATE nodes SET condition_kinds = ARRAY[$2::text], condition_details = ARRAY['said so'],
                conditions_since = $3, trouble_changes = trouble_changes + 1 WHERE id = $1
            """,
            .uuid(node.bytes),
            .text(kind),
            .timestamp(fleet.now.microseconds)
        )
    }

    private func open(_ node: NodeID, _ fleet: ControlledFleet) async throws {
        try await fleet.execute(
            """
            UPDATE nodes SET condition_kinds = '{}', condition_details = '{}', conditions_since = NULL,
                trouble_changes = trouble_changes + 1 WHERE id = $1
            """,
            .uuid(node.bytes)
        )
    }

    /// Peers that were placed on the node a moment ago, and that it has not installed.
    private func place(_ count: Int, on node: NodeID, _ fleet: ControlledFleet) async throws {
        try await fleet.addPeers(count, to: node)
        try await fleet.execute(
            "UPDATE assignments SET state = 'installing', created_at = $2 WHERE node_id = $1",
            .uuid(node.bytes),
            .timestamp(fleet.now.microseconds)
        )
        try await fleet.execute(
            "UPDATE nodes SET applied_revision = 0 WHERE id = $1",
            .uuid(node.bytes)
        )
    }

    private func details(_ action: String, _ fleet: ControlledFleet) async throws -> [String] {
        var filter = AuditFilter()
        filter.action = action
        return try await fleet.store.audit(filter, limit: 100).reversed().map { $0.detail ?? "" }
    }

    @Test func `what a closed node has not installed goes to another after the patience, and what it has stays`()
        async throws
    {
        try await ControlledFleet.with { fleet in
            let broken = try await fleet.addNode()
            let sound = try await fleet.addNode()
            try await place(3, on: broken, fleet)
            try await close(broken, fleet)
            fleet.silent = []
            try await fleet.look(acknowledging: false, after: .seconds(29))
            #expect(try await fleet.places(on: broken) == 3)
            let outcome = try await fleet.look(acknowledging: false, after: .seconds(2))
            #expect(outcome.changedNodes == [broken, sound])
            #expect(try await fleet.places(on: broken) == 0)
            #expect(try await fleet.rows("removing", on: broken) == 3)
            #expect(try await fleet.rows("installing", on: sound) == 3)
            try await fleet.acknowledge(sound)
            #expect(try await fleet.rows("active", on: sound) == 3)
            // The node is able again, takes what it missed, and keeps nothing of what left.
            try await open(broken, fleet)
            try await fleet.look()
            #expect(try await fleet.rows("removing", on: broken) == 0)
            #expect(try await details("peer.placed_elsewhere", fleet).count == 3)
        }
    }

    @Test func `peers that a closed node serves stay on it`() async throws {
        try await ControlledFleet.with { fleet in
            let broken = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(5, to: broken)
            try await close(broken, fleet)
            for _ in 0..<3 { try await fleet.look(after: .seconds(40)) }
            #expect(try await fleet.places(on: broken) == 5)
        }
    }

    @Test func `without another node nothing is taken away, and the first that comes gets it`() async throws {
        try await ControlledFleet.with { fleet in
            let broken = try await fleet.addNode()
            try await place(2, on: broken, fleet)
            try await close(broken, fleet, kind: "peer-table")
            try await fleet.look(acknowledging: false, after: .seconds(40))
            #expect(try await fleet.places(on: broken) == 2)
            #expect(try await fleet.store.fleetFigures().stuckPeers == 2)
            let sound = try await fleet.addNode()
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.places(on: sound) == 2)
            #expect(try await fleet.store.fleetFigures().stuckPeers == 0)
        }
    }

    @Test func `a drain goes past a node that closes, and withdraws what that has not installed`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let closing = try await fleet.addNode()
            try await fleet.addPeers(4, to: old)
            _ = try await fleet.drain(old)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.rows("installing", on: closing) == 4)
            try await close(closing, fleet)
            let sound = try await fleet.addNode()
            // One look sees how long the node has been closed, the next one withdraws.
            for _ in 0..<3 { try await fleet.look(acknowledging: false, after: .seconds(31)) }
            #expect(try await fleet.rows("installing", on: closing) == 0)
            try await fleet.acknowledge(sound)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.places(on: sound) == 4)
            #expect(try await details("peer.move_withdrawn", fleet).allSatisfy { $0.contains("out of order") })
        }
    }

    @Test func `a node that was never heard gets nothing, and what it got loses to another`() async throws {
        try await ControlledFleet.with { fleet in
            let unheard = try await fleet.addNode()
            fleet.silent = [unheard]
            try await fleet.execute("UPDATE nodes SET heard_at = NULL WHERE id = $1", .uuid(unheard.bytes))
            try await place(2, on: unheard, fleet)
            let view = try await fleet.store.fleet(silenceLimit: .seconds(60), now: fleet.now)
            #expect(view.nodes.map(\.closure) == [.neverHeard])
            #expect(try await fleet.store.fleetFigures().closedNodes == ["never-heard": 1])
            let sound = try await fleet.addNode()
            try await fleet.look(after: .seconds(31))
            #expect(try await fleet.places(on: sound) == 2)
            #expect(try await fleet.store.node(named: fleet.name(unheard))?.health == "unheard")
        }
    }

    @Test func `what the metric and the list of nodes say closes a node are the same reasons, each of them`()
        async throws
    {
        try await ControlledFleet.with { fleet in
            for (isHeard, closures) in [(true, ["unhealthy"]), (false, ["never-heard"])] {
                let node = try await fleet.addNode()
                let kinds = NodeTrouble.allReasons.filter { $0 != "refuses-changes" }
                try await fleet.execute(
                    """
                    UPDATE nodes SET condition_kinds = $2, condition_details = $2, conditions_since = $3,
                        refusing_since = $3, refusing_reason = 'said so', endpoint_pending = '203.0.113.9:51820',
                        cordoned = true, health = 'lost', heard_at = CASE WHEN $4 THEN heard_at END WHERE id = $1
                    """,
                    .uuid(node.bytes),
                    .textArray(kinds),
                    .timestamp(fleet.now.microseconds),
                    .bool(isHeard)
                )
                let record = try #require(try await fleet.store.node(named: fleet.name(node)))
                let figures = try await fleet.store.fleetFigures().closedNodes
                #expect(Set(record.closedBy) == Set(figures.keys))
                #expect(
                    figures.keys.sorted()
                        == (FleetFigures.closedReasons.filter {
                            !["unhealthy", "never-heard"].contains($0)
                        } + closures).sorted()
                )
                try await fleet.execute("UPDATE nodes SET retired_at = now() WHERE id = $1", .uuid(node.bytes))
            }
        }
    }

    @Test func `closing and opening are each one entry of the audit log, however often they are looked at`()
        async throws
    {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await close(node, fleet)
            for _ in 0..<5 { try await fleet.look() }
            #expect(try await details("node.closed", fleet) == ["closed: exit-policy (said so)"])
            try await open(node, fleet)
            for _ in 0..<5 { try await fleet.look() }
            #expect(try await details("node.opened", fleet) == ["open again"])
        }
    }

    @Test func `a place that the node has installed meanwhile is left alone`() async throws {
        try await ControlledFleet.with { fleet in
            let broken = try await fleet.addNode()
            let sound = try await fleet.addNode()
            try await place(1, on: broken, fleet)
            let stuck = StuckNodes(nodes: [broken], before: fleet.now + .seconds(1))
            let peer = try #require(try await fleet.store.stuckPeers(stuck, limit: 10).first)
            try await fleet.acknowledge(broken)
            let placed = try await fleet.store.placeElsewhere(
                [.init(peer: peer.id, source: broken, target: sound)],
                reason: "late",
                lease: nil,
                now: fleet.now
            )
            #expect(placed.isEmpty)
            #expect(try await fleet.places(on: broken) == 1)
            try await fleet.checkInvariants()
        }
    }
}
