import Model
import Reconciliation
import SeededRandom
import Testing

struct PlanTests {
    private func plan(_ desired: [PeerEntry], _ actual: [PeerEntry]) -> Plan {
        Plan.reconciling(desired: desired, actual: actual.map { InstalledPeer($0) })
    }

    @Test func `an unchanged table makes an empty plan`() {
        let peers = (0..<100).map { Sample.peer($0, $0, 1_000 + $0) }
        let plan = plan(peers, peers.reversed())
        #expect(plan.isEmpty)
        #expect(plan.drift.total == 0)
    }

    @Test func `missing, changed and surplus peers are counted and put right`() {
        let actual = [Sample.peer(1, 1), Sample.peer(2, 2), Sample.peer(3, 3)]
        let desired = [Sample.peer(1, 1), Sample.peer(2, 22), Sample.peer(4, 4)]
        let plan = plan(desired, actual)
        #expect(plan.drift == Drift(missing: 1, changed: 1, surplus: 1))
        #expect(Sample.result(of: plan, on: actual) == Set(desired))
    }

    @Test func `an address leaves its old owner before the new one gets it`() {
        let plan = plan([Sample.peer(1, 2), Sample.peer(2, 1)], [Sample.peer(1, 1), Sample.peer(2, 2)])
        #expect(
            plan.changes == [
                .set(PeerSetting(Sample.peer(1), replacesAllowedIPs: true)),
                .set(PeerSetting(Sample.peer(2), replacesAllowedIPs: true)),
                .set(PeerSetting(Sample.peer(1, 2), replacesAllowedIPs: false)),
                .set(PeerSetting(Sample.peer(2, 1), replacesAllowedIPs: false)),
            ]
        )
    }

    @Test func `a peer that only gains an address is not emptied meanwhile`() {
        let plan = plan([Sample.peer(1, 1, 2)], [Sample.peer(1, 1)])
        #expect(plan.changes == [.set(PeerSetting(Sample.peer(1, 1, 2), replacesAllowedIPs: false))])
    }

    @Test func `settings made by hand are taken back, once`() {
        let peer = Sample.peer(1, 1)
        let actual = InstalledPeer(peer, foreignSettings: [.presharedKey, .persistentKeepalive])
        let plan = Plan.reconciling(desired: [peer], actual: [actual])
        let expected = PeerSetting(
            peer,
            replacesAllowedIPs: false,
            clears: [.presharedKey, .persistentKeepalive]
        )
        #expect(plan.changes == [.set(expected)])
        #expect(plan.drift == Drift(changed: 1))
    }

    @Test func `an address that two peers claim stays with its holder, and the next plan is empty`() {
        let desired = [Sample.peer(1, 1, 7), Sample.peer(2, 7)]
        let actual = [Sample.peer(1, 1), Sample.peer(2, 7)]
        let plan = plan(desired, actual)
        #expect(plan.changes.isEmpty)
        #expect(
            plan.conflicts == [
                AddressConflict(address: Sample.address(7), keeper: Sample.key(2), denied: Sample.key(1))
            ]
        )
    }

    @Test func `of claimants without the address the smallest key gets it, whatever the order`() {
        let peers = [Sample.peer(3, 7), Sample.peer(1, 7), Sample.peer(2, 7)]
        let expected: Set = [Sample.peer(1, 7), Sample.peer(2), Sample.peer(3)]
        #expect(Sample.result(of: plan(peers, []), on: []) == expected)
        #expect(Sample.result(of: plan(peers.reversed(), []), on: []) == expected)
        #expect(plan(peers, Array(expected)).changes.isEmpty)
    }

    @Test func `of two entries with one key the last counts`() {
        let plan = plan([Sample.peer(1, 1), Sample.peer(1, 2)], [Sample.peer(1, 2)])
        #expect(plan.isEmpty)
    }

    @Test(arguments: 0..<200)
    func `any state reaches any other, and then rests`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let actual = randomPeers(&random)
        let desired = randomPeers(&random)
        let plan = plan(desired, actual)
        let result = Sample.result(of: plan, on: actual)
        #expect(result == Set(desired))
        #expect(self.plan(desired, Array(result)).isEmpty)
        // No step takes an address from a peer that still has it.
        var owners: [IPPrefix: PublicKey] = [:]
        for peer in actual { for address in peer.allowedIPs { owners[address] = peer.publicKey } }
        for change in plan.changes {
            if case .set(let setting) = change {
                if setting.replacesAllowedIPs { owners = owners.filter { $0.value != change.publicKey } }
                for address in setting.entry.allowedIPs {
                    #expect(owners[address] == nil || owners[address] == change.publicKey)
                    owners[address] = change.publicKey
                }
            } else {
                owners = owners.filter { $0.value != change.publicKey }
            }
        }
    }

    /// Up to 12 peers that share 30 addresses out among themselves.
    private func randomPeers(_ random: inout SplitMix64) -> [PeerEntry] {
        var addresses = Array((0..<30).shuffled(using: &random)[...])
        return (0..<12).shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random)).map { number in
            let count = Int.random(in: 0...4, using: &random)
            defer { addresses.removeFirst(min(count, addresses.count)) }
            return PeerEntry(publicKey: Sample.key(number), allowedIPs: addresses.prefix(count).map(Sample.address))
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `100,000 peers are compared in seconds`() {
        let peers = (0..<100_000).map { Sample.peer($0, $0, 1_000_000 + $0) }
        let changed = Array(peers.dropFirst()) + [Sample.peer(200_000, 5_000_000)]
        let plan = plan(changed, peers)
        #expect(plan.drift == Drift(missing: 1, surplus: 1))
        #expect(plan.changes.count == 2)
    }

    @Test func `a delta changes what it names and looks at nothing else`() {
        let known = [Sample.key(1): Sample.peer(1, 1), Sample.key(2): Sample.peer(2, 2)]
        var asked: [PublicKey] = []
        let plan = Plan.delta(
            upserts: [Sample.peer(1, 1), Sample.peer(2, 9), Sample.peer(3, 3)],
            removals: [Sample.key(4)]
        ) { key in
            asked.append(key)
            return known[key]
        }
        #expect(asked == [Sample.key(1), Sample.key(2), Sample.key(3)])
        #expect(
            plan.changes == [
                .remove(Sample.key(4)),
                .set(PeerSetting(Sample.peer(2), replacesAllowedIPs: true)),
                .set(PeerSetting(Sample.peer(2, 9), replacesAllowedIPs: false)),
                .set(PeerSetting(Sample.peer(3, 3), replacesAllowedIPs: true)),
            ]
        )
    }

    @Test func `a key that a delta removes and brings again is made anew`() {
        let plan = Plan.delta(upserts: [Sample.peer(1, 1)], removals: [Sample.key(1)]) { _ in Sample.peer(1, 1) }
        #expect(
            plan.changes == [
                .remove(Sample.key(1)), .set(PeerSetting(Sample.peer(1, 1), replacesAllowedIPs: true)),
            ]
        )
    }
}
