import Database
import FleetPlanning
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LeaseTests {
    @Test func `one instance has the lease, and its epoch grows when another gets it`() async throws {
        try await ControlledFleet.with { fleet in
            let (first, second) = (InstanceID.random(), InstanceID.random())
            let lease = try #require(try await fleet.store.holdFleetLease(first, lifetime: .seconds(60)))
            #expect(try await fleet.store.holdFleetLease(second, lifetime: .seconds(60)) == nil)
            #expect(try await fleet.store.holdFleetLease(first, lifetime: .seconds(60)) == lease)
            try await fleet.store.releaseFleetLease(lease)
            let next = try #require(try await fleet.store.holdFleetLease(second, lifetime: .seconds(60)))
            #expect(next.epoch > lease.epoch)
        }
    }

    @Test func `whoever has lost the lease writes nothing`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let target = try await fleet.addNode()
            try await fleet.addPeers(3, to: old)
            let stale = try #require(try await fleet.store.holdFleetLease(.random(), lifetime: .zero))
            _ = try #require(try await fleet.store.holdFleetLease(.random(), lifetime: .seconds(60)))
            let peers = try await fleet.store.peersToMove(from: old, limit: 10)
            let moves = peers.map { PlannedMove(peer: $0.id, source: old, target: target) }
            await #expect(throws: LeaseLost.self) {
                try await fleet.store.beginMoves(moves, of: nil, lease: stale, now: fleet.now)
            }
            #expect(try await fleet.number("SELECT count(*) FROM assignments") == 3)
        }
    }
}
