import Model
import Reconciliation

enum Sample {
    static func key(_ number: Int) -> PublicKey {
        var bytes = [UInt8](repeating: 9, count: 32)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: number >> (24 - 8 * place)) }
        return PublicKey(uncheckedBytes: bytes)!
    }

    static func address(_ number: Int) -> IPPrefix {
        IPPrefix(host: .v4(IPv4Address(0x0a00_0000 + UInt32(number))))
    }

    static func peer(_ number: Int, _ addresses: Int...) -> PeerEntry {
        PeerEntry(publicKey: key(number), allowedIPs: addresses.map(address))
    }

    /// What the kernel has after a plan, by the kernel's own rule: an address that is claimed moves.
    static func result(of plan: Plan, on actual: [PeerEntry]) -> Set<PeerEntry> {
        var peers = Dictionary(uniqueKeysWithValues: actual.map { ($0.publicKey, Set($0.allowedIPs)) })
        for change in plan.changes {
            guard case .set(let setting) = change else {
                peers[change.publicKey] = nil
                continue
            }
            for (key, addresses) in peers where key != change.publicKey {
                peers[key] = addresses.subtracting(setting.entry.allowedIPs)
            }
            let kept = setting.replacesAllowedIPs ? [] : peers[change.publicKey] ?? []
            peers[change.publicKey] = kept.union(setting.entry.allowedIPs)
        }
        return Set(peers.map { PeerEntry(publicKey: $0, allowedIPs: Array($1)) })
    }
}
