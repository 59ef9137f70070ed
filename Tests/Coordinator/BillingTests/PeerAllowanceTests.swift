import Billing
import Model
import SeededRandom
import Testing

struct PeerAllowanceTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let retention: Duration = .seconds(30 * 86_400)
    private static let (here, there) = (RegionName("fra1")!, RegionName("nyc1")!)

    private static func peers(_ frozen: [Timestamp?], in region: RegionName = here) -> [PeerAllowance.Peer] {
        frozen.map { PeerAllowance.Peer(id: .random(), region: region, frozenAt: $0) }
    }

    private static func allowance(
        _ state: EntitlementState,
        until: Timestamp? = now + .seconds(60),
        limit: PeerAllowance.Limit? = .init(peers: 2),
        _ peers: [PeerAllowance.Peer]
    ) -> PeerAllowance {
        PeerAllowance(state: state, accessUntil: until, limit: limit, peers: peers, retention: retention, now: now)
    }

    @Test func `with access nothing changes, until access ends`() {
        let allowance = Self.allowance(.active, Self.peers([nil, nil]))
        #expect(allowance.freeze + allowance.thaw + allowance.remove == [])
        #expect(allowance.nextLook == Self.now + .seconds(60))
    }

    @Test(arguments: [EntitlementState.hold, .expired, .pending, .revoked, .superseded])
    func `without access every peer is frozen, and kept until the retention is over`(_ state: EntitlementState) {
        let peers = Self.peers([nil, Self.now - .seconds(10)])
        let allowance = Self.allowance(state, peers)
        #expect(allowance.freeze == [peers[0].id])
        #expect(allowance.remove == [])
        #expect(allowance.nextLook == Self.now - .seconds(10) + Self.retention)
    }

    @Test func `access that ran out is none, whatever the state says`() {
        let peers = Self.peers([nil])
        #expect(Self.allowance(.active, until: Self.now, peers).freeze == peers.map(\.id))
        #expect(Self.allowance(.grace, until: nil, peers).freeze == peers.map(\.id))
    }

    @Test func `a peer is forgotten when it was frozen for the whole retention, to the microsecond`() {
        let since = Self.now - Self.retention
        let (old, young) = (Self.peers([since]), Self.peers([Timestamp(microseconds: since.microseconds + 1)]))
        #expect(Self.allowance(.expired, old).remove == old.map(\.id))
        #expect(Self.allowance(.expired, young).remove == [])
        #expect(Self.allowance(.active, old).thaw == old.map(\.id), "who pays again in time has it back")
    }

    @Test func `a renewal thaws the oldest, a downgrade freezes the newest`() {
        let frozen = Self.peers([Self.now, Self.now, Self.now])
        #expect(Self.allowance(.active, frozen).thaw == [frozen[0].id, frozen[1].id])
        let live = Self.peers([nil, nil, nil])
        #expect(Self.allowance(.active, live).freeze == [live[2].id])
    }

    @Test func `money that went back freezes peers, and a dispute that is won thaws them`() {
        let live = Self.peers([nil, nil])
        #expect(Self.allowance(.revoked, live).freeze == live.map(\.id))
        #expect(Self.allowance(.revoked, live).remove == [])
        let frozen = Self.peers([Self.now, Self.now])
        #expect(Self.allowance(.active, frozen).thaw == frozen.map(\.id))
    }

    @Test func `a region that the tier does not have freezes its peers alone`() {
        let peers = Self.peers([nil], in: Self.there) + Self.peers([nil, nil])
        let allowance = Self.allowance(.active, limit: .init(peers: 2, regions: [Self.here]), peers)
        #expect(allowance.freeze == [peers[0].id])
    }

    @Test func `a tier that is not configured takes no peer away and gives none back`() {
        let peers = Self.peers([nil, Self.now, Self.now - Self.retention, nil])
        let allowance = Self.allowance(.active, limit: nil, peers)
        #expect(allowance.freeze + allowance.thaw + allowance.remove == [])
    }

    /// Carrying a decision out and deciding again changes nothing, and no more peers are live than the tier allows.
    @Test func `whatever there is, one decision settles it`() {
        var random = SplitMix64(seed: 6)
        for _ in 0..<10_000 {
            let limit = PeerAllowance.Limit(
                peers: Int.random(in: 1...4, using: &random),
                regions: Bool.random(using: &random) ? [Self.here] : []
            )
            let state = EntitlementState.allCases.randomElement(using: &random)!
            let until = Bool.random(using: &random) ? Self.now + .seconds(.random(in: -9...9, using: &random)) : nil
            let peers = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                let age = Int64.random(in: 0...60 * 86_400, using: &random)
                return PeerAllowance.Peer(
                    id: .random(),
                    region: Bool.random(using: &random) ? Self.here : Self.there,
                    frozenAt: Bool.random(using: &random) ? Self.now - .seconds(age) : nil
                )
            }
            let first = Self.allowance(state, until: until, limit: limit, peers)
            let settled = peers.filter { !first.remove.contains($0.id) }.map { peer in
                PeerAllowance.Peer(
                    id: peer.id,
                    region: peer.region,
                    frozenAt: first.freeze.contains(peer.id)
                        ? Self.now : first.thaw.contains(peer.id) ? nil : peer.frozenAt
                )
            }
            let live = settled.filter { $0.frozenAt == nil }
            #expect(live.count <= (state.givesAccess(until: until, at: Self.now) ? limit.peers : 0))
            let second = Self.allowance(state, until: until, limit: limit, settled)
            #expect(second.freeze + second.thaw + second.remove == [])
            #expect(second.nextLook.map { $0 > Self.now } ?? true, "a look that is due at once never ends")
        }
    }
}
