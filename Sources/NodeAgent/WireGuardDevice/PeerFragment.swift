import Model
import Netlink
import Reconciliation

/// A peer, or a part of one with many allowed-ips, as it stands in a message.
struct PeerFragment {
    let publicKey: PublicKey
    let flags: UInt32
    let clears: ForeignSettings
    let allowedIPs: ArraySlice<IPPrefix>

    /// Bytes of a fragment without allowed-ips: its own header, key, flags, header of the list.
    static let fixedByteCount = 4 + 36 + 8 + 4
    /// Bytes that take back a preshared key and a keepalive.
    static let clearedByteCount = 36 + 8

    static func byteCount(of prefix: IPPrefix) -> Int {
        prefix.address.bitCount == 32 ? 28 : 40
    }

    /// What a change takes at most, in bytes.
    static func byteCount(of change: Change) -> Int {
        guard case .set(let setting) = change else { return fixedByteCount }
        return setting.entry.allowedIPs.reduce(headByteCount(of: setting)) { $0 + byteCount(of: $1) }
    }

    private static func headByteCount(of setting: PeerSetting) -> Int {
        setting.clears.isEmpty ? fixedByteCount : fixedByteCount + clearedByteCount
    }

    /// The parts of a change, none longer than `budget` bytes as long as one allowed-ip fits it.
    ///
    /// Only the first may make the peer or empty its list; the others add to it, and never bring a peer back that was
    /// removed meanwhile.
    static func fragments(of change: Change, budget: Int) -> [PeerFragment] {
        guard case .set(let setting) = change else {
            let flags = WireGuardProtocol.PeerFlag.remove | WireGuardProtocol.PeerFlag.updateOnly
            return [PeerFragment(publicKey: change.publicKey, flags: flags, clears: [], allowedIPs: [])]
        }
        var fragments: [PeerFragment] = []
        var rest = setting.entry.allowedIPs[...]
        repeat {
            var taken = rest.startIndex
            var byteCount = headByteCount(of: setting)
            while taken < rest.endIndex {
                byteCount += Self.byteCount(of: rest[taken])
                if byteCount > budget, taken > rest.startIndex { break }
                taken += 1
            }
            let isFirst = fragments.isEmpty
            let first = setting.replacesAllowedIPs ? WireGuardProtocol.PeerFlag.replaceAllowedIPs : 0
            fragments.append(
                PeerFragment(
                    publicKey: change.publicKey,
                    flags: isFirst ? first : WireGuardProtocol.PeerFlag.updateOnly,
                    clears: isFirst ? setting.clears : [],
                    allowedIPs: rest[..<taken]
                )
            )
            rest = rest[taken...]
        } while !rest.isEmpty
        return fragments
    }

    func encode(into message: inout MessageEncoder) throws(MessageTooLong) {
        try message.nested(0) { message throws(MessageTooLong) in
            try message.attribute(WireGuardProtocol.Peer.publicKey, publicKey.bytes)
            if flags != 0 { message.attribute(WireGuardProtocol.Peer.flags, number: flags) }
            if clears.contains(.presharedKey) {
                try message.attribute(WireGuardProtocol.Peer.presharedKey, [UInt8](repeating: 0, count: 32))
            }
            if clears.contains(.persistentKeepalive) {
                message.attribute(WireGuardProtocol.Peer.persistentKeepalive, number: UInt16(0))
            }
            guard !allowedIPs.isEmpty else { return }
            try message.nested(WireGuardProtocol.Peer.allowedIPs) { message throws(MessageTooLong) in
                for prefix in allowedIPs { try Self.encode(prefix, into: &message) }
            }
        }
    }

    private static func encode(_ prefix: IPPrefix, into message: inout MessageEncoder) throws(MessageTooLong) {
        let isV4 = prefix.address.bitCount == 32
        try message.nested(0) { message throws(MessageTooLong) in
            message.attribute(
                WireGuardProtocol.AllowedIP.family,
                number: isV4 ? WireGuardProtocol.Family.v4 : WireGuardProtocol.Family.v6
            )
            try message.attribute(WireGuardProtocol.AllowedIP.address, prefix.address.bytes)
            message.attribute(WireGuardProtocol.AllowedIP.prefixLength, number: UInt8(prefix.length))
        }
    }
}
