import Billing
import Database
import DatabaseTestSupport
import FleetControl
import Model
import Placement
import Store
import Testing

/// What an entitlement does to the peers that were made under it.
@Suite(.timeLimit(.minutes(10)))
struct FrozenPeersTests {
    private static let retention: Duration = .seconds(30 * 86_400)
    private static let terms = SettlementTerms(
        limits: ["basic": TierLimits(peers: 5, regions: []), "small": TierLimits(peers: 1, regions: [])],
        policy: PlacementPolicy(),
        retention: retention
    )

    private enum Access {
        case until(Duration)
        case none(String)
    }

    private func entitle(_ fleet: ControlledFleet, _ access: Access, tier: String = "basic") async throws {
        let (state, until): (String, Timestamp?) =
            switch access {
            case .until(let duration): ("active", fleet.now + duration)
            case .none(let state): (state, nil)
            }
        try await fleet.execute(
            "UPDATE subscriptions SET state = $1, access_until = $2, tier = $3, peers_due_at = $4",
            .text(state),
            .timestamp(until?.microseconds),
            .text(tier),
            .timestamp(fleet.now.microseconds)
        )
    }

    @discardableResult
    private func settle(_ fleet: ControlledFleet, after pause: Duration = .seconds(1)) async throws -> PeerSettlement {
        try await fleet.look(after: pause)
        let view = try await fleet.store.fleet(silenceLimit: .seconds(60), now: fleet.now)
        let outcome = try await fleet.store.settlePeers(limit: 10, in: view, terms: Self.terms, now: fleet.now)
        try await fleet.checkInvariants()
        return outcome
    }

    private func isDue(_ fleet: ControlledFleet) async throws -> Bool {
        try await fleet.store.arePeersDue(now: fleet.now)
    }

    @Test func `access that ends freezes the peers at that moment, and a renewal brings them back as they were`()
        async throws
    {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(2, to: node)
            try await entitle(fleet, .until(.seconds(3600)))
            #expect(try await settle(fleet).frozen == 0)
            #expect(try await !isDue(fleet), "nothing is due before access ends")
            let before = try await fleet.store.peers(of: fleet.subscription)
            let outcome = try await settle(fleet, after: .seconds(3600))
            #expect(outcome.frozen == 2)
            #expect(outcome.changedNodes == [node])
            #expect(try await fleet.rows("removing", on: node) == 2)
            #expect(try await fleet.store.peers(of: fleet.subscription).map(\.state) == [.frozen, .frozen])
            try await fleet.look()
            #expect(try await fleet.number("SELECT count(*) FROM assignments") == 0)

            try await entitle(fleet, .until(.seconds(3600)))
            #expect(try await settle(fleet).thawed == 2)
            try await fleet.look()
            let after = try await fleet.store.peers(of: fleet.subscription)
            #expect(after.map(\.state) == [.active, .active])
            #expect(after.map(\.addressIndex) == before.map(\.addressIndex))
            #expect(after.map(\.placement?.nodeID) == before.map(\.placement?.nodeID))
        }
    }

    @Test func `a renewal that comes before the node let go just keeps the peer there`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("hold"))
            try await settle(fleet)
            try await entitle(fleet, .until(.seconds(60)))
            fleet.silent = [node]
            #expect(try await settle(fleet).thawed == 1)
            #expect(try await fleet.rows("installing", on: node) == 1)
            fleet.silent = []
            try await fleet.look()
            #expect(try await fleet.rows("active", on: node) == 1)
        }
    }

    @Test func `a thawed peer goes elsewhere when its node is full, and waits for room when all are`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode(capacity: 1)
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("hold"))
            try await settle(fleet)
            try await fleet.look()
            try await fleet.execute("UPDATE nodes SET cordoned = true")
            try await entitle(fleet, .until(.seconds(600)))
            #expect(try await settle(fleet).unplaced == 1)
            #expect(try await !isDue(fleet))
            let other = try await fleet.addNode(capacity: 1)
            #expect(try await settle(fleet, after: .seconds(5)).thawed == 1)
            #expect(try await fleet.places(on: other) == 1)
        }
    }

    @Test func `a view of the fleet that is out of date fills no node beyond its capacity`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode(capacity: 2)
            try await fleet.addPeers(2, to: node)
            try await entitle(fleet, .none("expired"))
            try await settle(fleet)
            try await fleet.look()
            try await fleet.execute("UPDATE nodes SET capacity = 1")
            let roomy = FleetView(
                nodes: [FleetNode(id: node, region: ControlledFleet.region, capacity: 9, peerCount: 0)]
            )
            try await entitle(fleet, .until(.seconds(600)))
            let outcome = try await fleet.store.settlePeers(limit: 10, in: roomy, terms: Self.terms, now: fleet.now)
            #expect(outcome.thawed == 1)
            #expect(outcome.unplaced == 1)
            try await fleet.checkInvariants()
        }
    }

    @Test func `a smaller tier freezes the newest, and deleting the oldest makes room for the next`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            for _ in 0..<3 { try await fleet.addPeers(1, to: node) }
            let peers = try await fleet.store.peers(of: fleet.subscription).map(\.id)
            try await entitle(fleet, .until(.seconds(3600)), tier: "small")
            #expect(try await settle(fleet).frozen == 2)
            #expect(
                try await fleet.store.peers(of: fleet.subscription).map(\.state) == [.active, .frozen, .frozen]
            )
            _ = try await fleet.store.removePeer(peers[0], of: fleet.subscription, now: fleet.now)
            #expect(try await settle(fleet).thawed == 1)
            try await fleet.look()
            #expect(try await fleet.store.peers(of: fleet.subscription).map(\.state) == [.active, .frozen])
        }
    }

    @Test func `a dispute freezes the peers, and one that is won brings them back with their addresses`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(2, to: node)
            let before = try await fleet.store.peers(of: fleet.subscription)
            try await entitle(fleet, .none("revoked"))
            let outcome = try await settle(fleet)
            #expect(outcome.frozen == 2 && outcome.removed == 0)
            try await fleet.look()
            #expect(try await fleet.number("SELECT count(*) FROM assignments") == 0)
            #expect(try await fleet.number("SELECT count(*) FROM free_addresses") == 0)
            try await entitle(fleet, .until(.seconds(600)))
            #expect(try await settle(fleet).thawed == 2)
            try await fleet.look()
            let after = try await fleet.store.peers(of: fleet.subscription)
            #expect(after.map(\.addressIndex) == before.map(\.addressIndex))
            #expect(after.map(\.publicKey) == before.map(\.publicKey))
            #expect(after.map(\.state) == [.active, .active])
        }
    }

    @Test func `a dispute that is lost forgets the peers when the retention is over`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("revoked"))
            try await settle(fleet)
            try await fleet.look()
            #expect(try await settle(fleet, after: Self.retention).removed == 1)
            #expect(try await fleet.number("SELECT count(*) FROM free_addresses") == 1)
        }
    }

    @Test func `add-ons raise the limit, and their end freezes the newest`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            for _ in 0..<3 { try await fleet.addPeers(1, to: node) }
            try await fleet.execute("UPDATE subscriptions SET extra_peers = 2")
            try await entitle(fleet, .until(.seconds(3600)), tier: "small")
            #expect(try await settle(fleet).frozen == 0)
            try await fleet.execute("UPDATE subscriptions SET extra_peers = 0")
            try await entitle(fleet, .until(.seconds(3600)), tier: "small")
            #expect(try await settle(fleet).frozen == 2)
        }
    }

    @Test func `a tier that was paid early begins at its moment, and its limit with it`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(2, to: node)
            try await entitle(fleet, .until(.seconds(7200)))
            try await fleet.execute(
                "UPDATE subscriptions SET next_tier = 'small', next_tier_at = $1",
                .timestamp((fleet.now + .seconds(3600)).microseconds)
            )
            #expect(try await settle(fleet).frozen == 0)
            #expect(try await !isDue(fleet))
            let outcome = try await settle(fleet, after: .seconds(3600))
            #expect(outcome.frozen == 1)
            let record = try await fleet.store.subscription(fleet.subscription)
            #expect(record?.entitlement.tier?.text == "small")
            #expect(record?.entitlement.upcoming == nil)
        }
    }

    @Test func `a peer that finds no node for an hour is counted as paid for and unusable`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode(capacity: 1)
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("hold"))
            try await settle(fleet)
            try await fleet.look()
            try await fleet.execute("UPDATE nodes SET cordoned = true")
            try await entitle(fleet, .until(.seconds(90_000)))
            #expect(try await settle(fleet).unplaced == 1)
            try await settle(fleet, after: .seconds(3500))
            #expect(try await fleet.store.billingFigures(.production, now: fleet.now).unusable.withoutPeers == 0)
            try await settle(fleet, after: .seconds(200))
            #expect(try await fleet.store.billingFigures(.production, now: fleet.now).unusable.withoutPeers == 1)
            try await fleet.addNode()
            #expect(try await settle(fleet, after: .seconds(10)).thawed == 1)
            #expect(try await fleet.store.billingFigures(.production, now: fleet.now).unusable.withoutPeers == 0)
        }
    }

    @Test func `peers that stay on nodes for an hour after access has ended are counted`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("expired"))
            let late = fleet.now + .seconds(3601)
            #expect(try await fleet.store.billingFigures(.production, now: late).unpaidInUse == 1)
            try await settle(fleet)
            #expect(try await fleet.store.billingFigures(.production, now: late).unpaidInUse == 0)
        }
    }

    @Test func `what is frozen for the whole retention is forgotten, with its address`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("expired"))
            try await settle(fleet)
            try await fleet.look()
            #expect(try await settle(fleet, after: Self.retention - .seconds(2)).removed == 0)
            #expect(try await settle(fleet).removed == 1)
            #expect(try await fleet.number("SELECT count(*) FROM free_addresses") == 1)
            #expect(try await fleet.number("SELECT count(*) FROM subscriptions WHERE peers_due_at IS NOT NULL") == 0)
        }
    }

    @Test func `a peer that moves or lingers is taken from both nodes, and a drain goes on without it`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(4, to: old)
            let drain = try await fleet.drain(old)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.number("SELECT count(*) FROM assignments WHERE moves_from IS NOT NULL") == 4)
            try await entitle(fleet, .none("hold"))
            #expect(try await settle(fleet).frozen == 4)
            for _ in 0..<4 { try await fleet.look() }
            #expect(try await fleet.number("SELECT count(*) FROM assignments") == 0)
            let open = try await fleet.number(
                "SELECT count(*) FROM operations WHERE id = $1 AND ended_at IS NULL",
                .uuid(drain.bytes)
            )
            #expect(open == 0)
        }
    }

    @Test func `a peer whose node was retired meanwhile thaws on another`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addPeers(1, to: old)
            try await entitle(fleet, .none("hold"))
            try await settle(fleet)
            try await fleet.look()
            _ = try await fleet.store.retireNode(named: fleet.name(old), force: true, now: fleet.now)
            let new = try await fleet.addNode()
            try await entitle(fleet, .until(.seconds(600)))
            #expect(try await settle(fleet).thawed == 1)
            #expect(try await fleet.places(on: new) == 1)
        }
    }

    @Test func `a subscription that somebody else is changing is left for the next time`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            try await entitle(fleet, .none("hold"))
            let view = try await fleet.store.fleet(silenceLimit: .seconds(60), now: fleet.now)
            let (store, now, id) = (fleet.store, fleet.now, fleet.subscription)
            let (isLocked, isSettled) = (Signal(), Signal())
            async let other: Void = store.pool.transaction { transaction in
                _ = try transaction.query("SELECT id FROM subscriptions WHERE id = $1 FOR UPDATE", .uuid(id.bytes))
                isLocked.send()
                isSettled.wait()
            }
            await isLocked.received()
            let outcome = try await store.settlePeers(limit: 10, in: view, terms: Self.terms, now: now)
            #expect(outcome.looked == 0)
            isSettled.send()
            try await other
            try await settle(fleet)
            #expect(try await fleet.number("SELECT count(*) FROM peers WHERE frozen_at IS NOT NULL") == 1)
        }
    }
}
