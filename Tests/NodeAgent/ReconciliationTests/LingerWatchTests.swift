import Model
import Reconciliation
import Testing

struct LingerWatchTests {
    private let limit = Duration.seconds(180)
    private static let handshake = Timestamp(seconds: 1_800_000_000)

    @Test func `a peer that never shook hands goes 180 s after its mark was seen`() {
        var watch = LingerWatch(silenceLimit: limit)
        let marks = [Sample.key(1): Revision(7)]
        #expect(watch.observe(marks, handshakes: [:], at: .seconds(1000)).isEmpty)
        #expect(watch.observe(marks, handshakes: [:], at: .seconds(1179)).isEmpty)
        #expect(watch.observe(marks, handshakes: [:], at: .seconds(1180)) == [Sample.key(1)])
        // Until the table has let go of it.
        #expect(watch.observe(marks, handshakes: [:], at: .seconds(1210)) == [Sample.key(1)])
        #expect(watch.observe([:], handshakes: [:], at: .seconds(1240)).isEmpty)
    }

    @Test func `each new handshake lets it stay for another 180 s`() {
        var watch = LingerWatch(silenceLimit: limit)
        let marks = [Sample.key(1): Revision(7), Sample.key(2): Revision(7)]
        for second in stride(from: Int64(0), through: 600, by: 30) {
            // The first shakes hands every two minutes, as under traffic; the second did once, before.
            let handshakes = [
                Sample.key(1): Self.handshake + .seconds(second / 120 * 120), Sample.key(2): Self.handshake,
            ]
            let silent = watch.observe(marks, handshakes: handshakes, at: .seconds(second))
            #expect(silent == (second >= 180 ? [Sample.key(2)] : []))
        }
        let last = [Sample.key(1): Self.handshake + .seconds(600), Sample.key(2): Self.handshake]
        #expect(watch.observe(marks, handshakes: last, at: .seconds(779)) == [Sample.key(2)])
        #expect(watch.observe(marks, handshakes: last, at: .seconds(780)).count == 2)
    }

    @Test func `a wall clock that jumps for a year lets nobody go early`() {
        var watch = LingerWatch(silenceLimit: limit)
        let marks = [Sample.key(1): Revision(7)]
        for (second, year) in [(0, 0), (120, 1), (240, -1), (360, 2)] {
            let handshake = Self.handshake + .seconds(year * 365 * 86_400 + second)
            #expect(watch.observe(marks, handshakes: [Sample.key(1): handshake], at: .seconds(second)).isEmpty)
        }
    }

    @Test func `a peer that moved back and away again begins anew`() {
        var watch = LingerWatch(silenceLimit: limit)
        _ = watch.observe([Sample.key(1): Revision(7)], handshakes: [:], at: .seconds(0))
        // Both moves between two readings.
        #expect(watch.observe([Sample.key(1): Revision(9)], handshakes: [:], at: .seconds(180)).isEmpty)
        #expect(watch.observe([Sample.key(1): Revision(9)], handshakes: [:], at: .seconds(360)) == [Sample.key(1)])
    }

    @Test func `the mark is nothing that the kernel should hear of`() {
        let peer = Sample.peer(1, 1)
        let marked = PeerEntry(publicKey: peer.publicKey, allowedIPs: peer.allowedIPs, isLingering: true)
        let plan = Plan.reconciling(desired: [marked], actual: [InstalledPeer(peer)])
        #expect(plan.isEmpty && plan.drift.total == 0)
        #expect(Plan.delta(upserts: [marked], removals: []) { _ in peer }.isEmpty)
    }
}
