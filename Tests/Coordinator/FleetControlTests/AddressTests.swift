import Database
import Model
import Store
import Testing

/// An address is free when its peer is gone for everybody, once.
@Suite(.timeLimit(.minutes(10)))
struct AddressTests {
    private static let free: Statement = "SELECT count(*) FROM free_addresses"

    private func removeAll(_ fleet: ControlledFleet) async throws {
        for peer in try await fleet.store.peers(of: fleet.subscription) {
            _ = try await fleet.store.removePeer(peer.id, of: fleet.subscription, now: fleet.now)
        }
    }

    @Test func `what a retired node was still to remove gives its addresses back`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(3, to: node)
            try await removeAll(fleet)
            #expect(try await fleet.number(Self.free) == 0)
            _ = try await fleet.store.retireNode(named: fleet.name(node), now: fleet.now)
            #expect(try await fleet.number(Self.free) == 3)
        }
    }

    @Test func `a node that is retired at the end of its drain gives back what a dead one would`() async throws {
        try await ControlledFleet.with { fleet in
            let dead = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode() }
            try await fleet.addPeers(3, to: dead)
            _ = try await fleet.drain(dead, thenRetire: true)
            try await removeAll(fleet)
            fleet.silent = [dead]
            for _ in 0..<14 { try await fleet.look(after: .seconds(10)) }
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE retired_at IS NOT NULL") == 1)
            #expect(try await fleet.number(Self.free) == 3)
        }
    }

    @Test func `an address is not free while a node that was away may still have it`() async throws {
        try await ControlledFleet.with { fleet in
            let away = try await fleet.addNode()
            let retired = try await fleet.addNode()
            try await fleet.addPeers(1, to: away)
            _ = try await fleet.drain(away, linger: .seconds(1))
            for _ in 0..<2 { try await fleet.look() }
            fleet.silent = [away]
            for _ in 0..<2 { try await fleet.look(after: .seconds(2)) }
            #expect(try await fleet.rows("removing", on: away) == 1)
            _ = try await fleet.store.retireNode(named: fleet.name(retired), now: fleet.now)
            try await removeAll(fleet)
            #expect(try await fleet.number(Self.free) == 0)
            try await fleet.acknowledge(away)
            #expect(try await fleet.number(Self.free) == 1)
        }
    }
}
