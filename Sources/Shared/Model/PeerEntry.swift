/// One peer as a node knows it: a key and the addresses that belong to it, and nothing else.
public struct PeerEntry: Hashable, Sendable {
    public let publicKey: PublicKey
    /// Masked, sorted and without doubles, so that equal entries are equal bytes.
    public let allowedIPs: [IPPrefix]

    public init(publicKey: PublicKey, allowedIPs: [IPPrefix]) {
        self.publicKey = publicKey
        let masked = allowedIPs.map(\.masked)
        // As they nearly always come, and at a hundredth of the cost.
        let isCanonical = zip(masked, masked.dropFirst()).allSatisfy { $0 < $1 }
        self.allowedIPs = isCanonical ? masked : Set(masked).sorted()
    }

    /// What an entry's hash is taken over: the key, then each prefix as family (4 or 6), length, address.
    ///
    /// Every item has a length of its own family, so two different entries never give the same bytes.
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
