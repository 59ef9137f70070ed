import Cryptography
import Database
import Model
import Placement
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ProvisioningBatchTests {
    private func request(
        _ subscription: SubscriptionID,
        key: PublicKey = WireGuardKeyPair.generate().publicKey,
        idempotency: String? = nil
    ) -> ProvisioningRequest {
        ProvisioningRequest(
            subscription: subscription,
            publicKey: key,
            region: Fixture.region,
            idempotency: idempotency.map { .init(key: $0, requestHash: [1]) }
        )
    }

    @Test func `each request of a batch is answered as if they had come one after another`() async throws {
        try await Fixture.with { fixture in
            let nodes = [try await fixture.addNode(), try await fixture.addNode()]
            let (paid, other) = (try await fixture.addSubscription(), try await fixture.addSubscription())
            let expired = try await fixture.addSubscription(state: "expired")
            let key = WireGuardKeyPair.generate().publicKey
            let answers = try await fixture.provision(
                [
                    request(paid, key: key), request(expired), request(other, key: key), request(paid), request(other),
                    request(paid), request(paid),
                ],
                on: nodes
            )
            #expect(answers[1] == .failure(.subscriptionInactive))
            #expect(answers[2] == .failure(.keyInUse))
            #expect(answers[6] == .failure(.peerLimitReached(limit: 3)))
            let peers = try [0, 3, 4, 5].map { try answers[$0].get().peer }
            #expect(Set(peers.map(\.addressIndex)).count == 4)
            // A subscription's peers are spread before a node gets a second one.
            #expect(Set(peers[0...1].compactMap { $0.placement?.nodeID }) == Set(nodes))
            for node in nodes {
                let revisions = peers.compactMap(\.placement).filter { $0.nodeID == node }.map(\.revision.number)
                #expect(revisions.sorted() == Array(1...2))
            }
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 4)
            #expect(try await fixture.count("SELECT count(*) FROM audit_entries") == 4)
            #expect(try await fixture.count("SELECT sum(peer_count)::bigint FROM nodes") == 4)
        }
    }

    @Test func `a batch for a node with less room fills it, and gives the rest of the addresses back`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode(capacity: 2)
            var requests: [ProvisioningRequest] = []
            for _ in 0..<5 { requests.append(request(try await fixture.addSubscription())) }
            let answers = try await fixture.provision(requests, on: [node], lastAddressIndex: 6)
            #expect(answers.filter { $0 == .failure(.nodeFull) }.count == 3)
            let second = try await fixture.addNode()
            let again = try await fixture.provision(Array(requests[2...]), on: [second], lastAddressIndex: 6)
            #expect(again.allSatisfy { (try? $0.get()) != nil })
            #expect(try await fixture.count("SELECT count(DISTINCT address_index) FROM peers") == 5)
        }
    }

    @Test func `batches that claim the same keys at the same moment give each key once and lose nobody`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let nodes = [try await fixture.addNode(), try await fixture.addNode()]
            let keys = (0..<12).map { _ in WireGuardKeyPair.generate().publicKey }
            var batches: [[ProvisioningRequest]] = []
            for _ in 0..<4 {
                var batch: [ProvisioningRequest] = []
                for key in keys.shuffled() { batch.append(request(try await fixture.addSubscription(), key: key)) }
                batches.append(batch)
            }
            let answers = try await withThrowingTaskGroup { group in
                for batch in batches { group.addTask { try await fixture.provision(batch, on: nodes) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.filter { (try? $0.get()) != nil }.count == 12)
            #expect(answers.filter { $0 == .failure(.keyInUse) }.count == 36)
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 12)
            #expect(try await fixture.count("SELECT sum(revision)::bigint FROM nodes") == 12)
        }
    }

    @Test func `requests that come together share transactions`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let (queue, fleet) = (queue(fixture), try await fleet(fixture))
            var requests: [ProvisioningRequest] = []
            for _ in 0..<60 { requests.append(request(try await fixture.addSubscription())) }
            let answers = try await withThrowingTaskGroup { group in
                for request in requests { group.addTask { try await queue.provision(request, in: fleet) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { (try? $0.get()) != nil })
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 60)
            #expect(try await fixture.count("SELECT count(DISTINCT xmin::text) FROM peers") < 60)
        }
    }

    @Test func `a repetition that waits with what it repeats gets the same peer`() async throws {
        try await Fixture.with(connections: 8) { fixture in
            let (queue, fleet) = (queue(fixture), try await fleet(fixture))
            let same = request(try await fixture.addSubscription(), idempotency: "retry")
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await queue.provision(same, in: fleet) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let provisioned = try answers.map { try $0.get() }
            #expect(Set(provisioned.map(\.peer.id)).count == 1)
            #expect(provisioned.filter { !$0.isReplay }.count == 1)
        }
    }

    @Test func `who is cancelled while he leads a batch costs the others nothing`() async throws {
        try await Fixture.with(connections: 1) { fixture in
            let (queue, fleet) = (queue(fixture), try await fleet(fixture))
            var requests: [ProvisioningRequest] = []
            for _ in 0..<30 { requests.append(request(try await fixture.addSubscription())) }
            let doomed = request(try await fixture.addSubscription())
            let answers = await withTaskGroup(of: ProvisioningQueue.Answer?.self) { group in
                for request in requests { group.addTask { try? await queue.provision(request, in: fleet) } }
                group.addTask {
                    await withTaskGroup { cancelled in
                        for _ in 0..<5 { cancelled.addTask { _ = try? await queue.provision(doomed, in: fleet) } }
                        cancelled.cancelAll()
                    }
                    return nil
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.compactMap(\.self).count == 30)
            #expect(answers.compactMap { try? $0?.get() }.count == 30)
        }
    }

    private func queue(_ fixture: Fixture) -> ProvisioningQueue {
        ProvisioningQueue(store: fixture.store, terms: Fixture.terms()) { Fixture.now }
    }

    private func fleet(_ fixture: Fixture) async throws -> FleetView {
        _ = try await fixture.addNode(capacity: 1000)
        return try await fixture.store.fleet(silenceLimit: .seconds(60), now: Fixture.now)
    }
}
