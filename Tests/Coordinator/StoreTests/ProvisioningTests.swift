import Cryptography
import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ProvisioningTests {
    @Test func `a peer gets the node's next revision, its own addresses and an audit entry`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let first = try await fixture.provision(subscription, on: node).get()
            let second = try await fixture.provision(subscription, on: node).get()
            #expect(first.peer.placement?.revision == Revision(1))
            #expect(second.peer.placement?.revision == Revision(2))
            #expect(first.peer.addressIndex != second.peer.addressIndex)
            #expect(first.peer.state == .installing && !first.isReplay)
            let listed = try await fixture.store.peers(of: subscription)
            #expect(Set(listed.map(\.id)) == [first.peer.id, second.peer.id])
            #expect(
                try await fixture.count("SELECT count(*) FROM audit_entries WHERE action = 'peer.provisioned'") == 2
            )
            #expect(try await fixture.count("SELECT sum(peer_count)::bigint FROM nodes") == 2)
        }
    }

    @Test(arguments: ["expired", "hold", "revoked", "pending"])
    func `a subscription without access gets no peer`(state: String) async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription(state: state)
            #expect(try await fixture.provision(subscription, on: node) == .failure(.subscriptionInactive))
            let late = try await fixture.addSubscription(until: Fixture.now)
            #expect(try await fixture.provision(late, on: node) == .failure(.subscriptionInactive))
            #expect(try await fixture.provision(.random(), on: node) == .failure(.subscriptionInactive))
            #expect(try await fixture.count("SELECT count(*) FROM assignments") == 0)
            #expect(try await fixture.count("SELECT sum(revision)::bigint FROM nodes") == 0)
        }
    }

    @Test func `the tier's limit holds against requests at the same moment`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let outcomes = try await withThrowingTaskGroup { group in
                for _ in 0..<12 { group.addTask { try await fixture.provision(subscription, on: node) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { (try? $0.get()) != nil }.count == 3)
            #expect(outcomes.filter { $0 == .failure(.peerLimitReached(limit: 3)) }.count == 9)
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 3)
        }
    }

    @Test func `a node takes no more than its capacity, and revisions have no gaps`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let node = try await fixture.addNode(capacity: 10)
            var subscriptions: [SubscriptionID] = []
            for _ in 0..<20 { subscriptions.append(try await fixture.addSubscription()) }
            let outcomes = try await withThrowingTaskGroup { group in
                for subscription in subscriptions {
                    group.addTask { try await fixture.provision(subscription, on: node) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let revisions = outcomes.compactMap { try? $0.get().peer.placement?.revision.number }.sorted()
            #expect(revisions == Array(1...10))
            #expect(outcomes.filter { $0 == .failure(.nodeFull) }.count == 10)
        }
    }

    @Test func `a key in use is refused, whoever has it`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let key = WireGuardKeyPair.generate().publicKey
            let owner = try await fixture.addSubscription()
            let other = try await fixture.addSubscription()
            _ = try await fixture.provision(owner, on: node, key: key).get()
            #expect(try await fixture.provision(other, on: node, key: key) == .failure(.keyInUse))
            #expect(try await fixture.provision(owner, on: node, key: key) == .failure(.keyInUse))
            #expect(try await fixture.count("SELECT sum(revision)::bigint FROM nodes") == 1)
        }
    }

    @Test func `one key posted by many at once is given to one`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let node = try await fixture.addNode()
            let key = WireGuardKeyPair.generate().publicKey
            var subscriptions: [SubscriptionID] = []
            for _ in 0..<8 { subscriptions.append(try await fixture.addSubscription()) }
            let outcomes = try await withThrowingTaskGroup { group in
                for subscription in subscriptions {
                    group.addTask { try await fixture.provision(subscription, on: node, key: key) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { (try? $0.get()) != nil }.count == 1)
            #expect(outcomes.filter { $0 == .failure(.keyInUse) }.count == 7)
            #expect(try await fixture.count("SELECT sum(peer_count)::bigint FROM nodes") == 1)
        }
    }

    @Test func `the same idempotency key gives the same peer, and refuses another request`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let key = WireGuardKeyPair.generate().publicKey
            let idempotency = ProvisioningRequest.Idempotency(key: "abc", requestHash: [1])
            let outcomes = try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await fixture.provision(subscription, on: node, key: key, idempotency: idempotency)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let provisioned = try outcomes.map { try $0.get() }
            #expect(Set(provisioned.map(\.peer.id)).count == 1)
            #expect(provisioned.filter { !$0.isReplay }.count == 1)
            let changed = ProvisioningRequest.Idempotency(key: "abc", requestHash: [2])
            #expect(
                try await fixture.provision(subscription, on: node, idempotency: changed)
                    == .failure(.idempotencyKeyReused)
            )
        }
    }

    @Test func `a used-up address pool is a refusal that costs nothing`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            _ = try await fixture.provision(subscription, on: node, lastAddressIndex: 3).get()
            _ = try await fixture.provision(subscription, on: node, lastAddressIndex: 3).get()
            #expect(
                try await fixture.provision(subscription, on: node, lastAddressIndex: 3)
                    == .failure(.addressPoolExhausted)
            )
            #expect(try await fixture.count("SELECT sum(revision)::bigint FROM nodes") == 2)
            #expect(try await fixture.count("SELECT sum(peer_count)::bigint FROM nodes") == 2)
        }
    }
}
