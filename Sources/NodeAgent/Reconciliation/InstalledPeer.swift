import Model

/// A peer as the kernel has it.
public struct InstalledPeer: Hashable, Sendable {
    public let entry: PeerEntry
    public let foreignSettings: ForeignSettings

    public init(_ entry: PeerEntry, foreignSettings: ForeignSettings = []) {
        self.entry = entry
        self.foreignSettings = foreignSettings
    }
}
