/// One peer as a node knows it: a key, the addresses that belong to it, and whether it has moved away.
public struct PeerEntry: Hashable, Sendable {
    public let publicKey: PublicKey
    /// Masked, sorted and without doubles, so that equal entries are equal bytes.
    public let allowedIPs: [IPPrefix]
    /// The peer has moved to another node, and this one serves it until it has switched.
    ///
    /// The node lets go of it by itself, so such an entry is no part of the table's digest.
    public let isLingering: Bool

    public init(publicKey: PublicKey, allowedIPs: [IPPrefix], isLingering: Bool = false) {
        self.publicKey = publicKey
        self.isLingering = isLingering
        let masked = allowedIPs.map(\.masked)
        // As they nearly always come, and at a hundredth of the cost.
        let isCanonical = zip(masked, masked.dropFirst()).allSatisfy { $0 < $1 }
        self.allowedIPs = isCanonical ? masked : Set(masked).sorted()
    }

    /// What an entry's hash is taken over: the key, then each prefix as family (4 or 6), length, address.
    ///
    /// Every item has a length of its own family, so two different entries never give the same bytes. The mark of one
    /// that lingers is not among them, since those are not hashed.
    public var canonicalBytes: [UInt8] {
        var bytes = publicKey.bytes
        for prefix in allowedIPs {
            bytes.append(prefix.address.bitCount == 32 ? 4 : 6)
            bytes.append(UInt8(prefix.length))
            bytes += prefix.address.bytes
        }
        return bytes
    }
}
