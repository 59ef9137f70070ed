import Cryptography
import LinkProtocol
import Model

enum Fixtures {
    static func peer(_ number: UInt8, address: UInt8? = nil, isLingering: Bool = false) -> PeerEntry {
        guard let key = PublicKey(uncheckedBytes: [UInt8](repeating: number, count: 32)),
            let prefix = IPPrefix("10.64.0.\(address ?? number)/32")
        else { preconditionFailure("32 bytes are a key") }
        return PeerEntry(publicKey: key, allowedIPs: [prefix], isLingering: isLingering)
    }

    static func digest(of peers: [UInt8]) -> TableDigest {
        digest(of: peers.map { peer($0) })
    }

    static func digest(of entries: some Sequence<PeerEntry>) -> TableDigest {
        var digest = TableDigest.empty
        for entry in entries { digest.insert(entry) }
        return digest
    }

    static func hello(revision: UInt64, digest: TableDigest) -> Hello {
        Hello(
            wireVersion: WireVersion.current,
            agentVersion: "0.1.0",
            bootID: [UInt8](repeating: 0, count: 16),
            appliedRevision: Revision(revision),
            tableDigest: digest,
            wireguardPublicKey: peer(200).publicKey,
            endpoint: nil,
            listenPort: 51_820
        )
    }
}
