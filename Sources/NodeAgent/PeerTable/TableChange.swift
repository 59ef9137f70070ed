import Model

/// What a commit really changed, however many deltas it took: the steps for the kernel.
public struct TableChange: Hashable, Sendable {
    /// Peers that came to be or have other allowed-ips.
    public var upserts: [PeerEntry] = []
    public var removals: [PublicKey] = []
    /// The entries before the change, of the peers that had one.
    public var previous: [PublicKey: PeerEntry] = [:]

    public init() {}

    public var isEmpty: Bool { upserts.isEmpty && removals.isEmpty }
}
