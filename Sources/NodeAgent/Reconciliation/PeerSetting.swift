import Model

/// What a peer is told to be.
public struct PeerSetting: Hashable, Sendable {
    public let entry: PeerEntry
    /// True: the peer has exactly the entry's allowed-ips afterwards, and none for an instant in between.
    /// False: it gets them beside those that it has, and no packet of its is lost.
    public let replacesAllowedIPs: Bool
    /// Settings made by hand, which this step takes back.
    public let clears: ForeignSettings

    public init(_ entry: PeerEntry, replacesAllowedIPs: Bool, clears: ForeignSettings = []) {
        self.entry = entry
        self.replacesAllowedIPs = replacesAllowedIPs
        self.clears = clears
    }
}
