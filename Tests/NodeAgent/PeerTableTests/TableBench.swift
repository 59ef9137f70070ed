import Cryptography
import Foundation
import LinkProtocol
import Model
import PeerTable

/// A directory with a table in it, gone with the test.
final class TableBench {
    let directory: String
    var path: String { directory + "/table.db" }
    static let network = TunnelNetwork(
        interfaceAddresses: [IPPrefix("10.64.0.1/10")!, IPPrefix("fd68:6f6c::1/64")!],
        mtu: 1420
    )

    init() throws {
        directory = NSTemporaryDirectory() + "holdfast-table-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func create() throws -> PeerTable { try PeerTable.create(at: path, network: Self.network) }
    func open() throws -> PeerTable { try PeerTable(opening: path) }

    static func peer(_ number: Int, address: Int? = nil) -> PeerEntry {
        var bytes = [UInt8](repeating: 7, count: 32)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        let host = UInt32(0x0a40_0000) + UInt32(address ?? number)
        return PeerEntry(
            publicKey: PublicKey(uncheckedBytes: bytes)!,
            allowedIPs: [
                IPPrefix(host: .v4(IPv4Address(host))),
                IPPrefix(host: .v6(IPv6Address(high: 0xfd68, low: UInt64(host)))),
            ]
        )
    }

    static func digest(_ entries: some Sequence<PeerEntry>) -> TableDigest {
        var digest = TableDigest.empty
        for entry in entries { digest.insert(entry) }
        return digest
    }

    static func delta(
        _ revision: UInt64,
        base: UInt64? = nil,
        _ upserts: [PeerEntry],
        removing removals: [PeerEntry] = []
    ) -> (delta: Delta, contentHash: [UInt8]) {
        let delta = Delta(
            base: Revision(base ?? revision - 1),
            revision: Revision(revision),
            upserts: upserts,
            removals: removals.map(\.publicKey)
        )
        return (delta, BLAKE2b.hash(delta.canonicalBytes))
    }

    static func snapshot(_ revision: UInt64, _ entries: [PeerEntry], allowMassRemoval: Bool = false) -> Snapshot {
        let header = SnapshotHeader(
            revision: Revision(revision),
            peerCount: entries.count,
            digest: digest(entries),
            allowMassRemoval: allowMassRemoval
        )
        return Snapshot(header: header, entries: entries)
    }
}
