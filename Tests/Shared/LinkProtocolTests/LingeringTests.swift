import Cryptography
import LinkProtocol
import Model
import Testing

@Suite struct LingeringTests {
    private func contentHash(_ upserts: [PeerEntry]) -> [UInt8] {
        BLAKE2b.hash(Delta(base: .zero, revision: Revision(1), upserts: upserts, removals: []).canonicalBytes)
    }

    @Test func `a delta that marks a peer is another than one that sets it`() {
        #expect(contentHash([Fixtures.peer(1)]) != contentHash([Fixtures.peer(1, isLingering: true)]))
    }

    @Test func `an entry that lingers is no part of the digest, whether it comes or goes`() {
        var digest = Fixtures.digest(of: [1, 2])
        digest.insert(Fixtures.peer(3, isLingering: true))
        #expect(digest == Fixtures.digest(of: [1, 2]))
        digest.remove(Fixtures.peer(3, isLingering: true))
        digest.remove(Fixtures.peer(2))
        digest.insert(Fixtures.peer(2, isLingering: true))
        #expect(digest == Fixtures.digest(of: [1]))
    }
}
