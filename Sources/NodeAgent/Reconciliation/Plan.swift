/// What takes the kernel's peers to the desired ones: the difference, in the order in which it is carried out.
///
/// The kernel moves an allowed-ip silently when a second peer claims it, so every address leaves its old owner first:
/// removals, then peers that lose addresses (``surrenders``), then peers that gain some (``settings``).
public struct Plan: Hashable, Sendable {
    /// Peers that go.
    public internal(set) var removals: [Change] = []
    /// Peers that keep a part of their allowed-ips.
    public internal(set) var surrenders: [Change] = []
    /// Peers that come to be, gain allowed-ips or lose settings made by hand.
    public internal(set) var settings: [Change] = []
    public internal(set) var drift = Drift()
    /// Claims that were left out of the plan.
    public internal(set) var conflicts: [AddressConflict] = []

    public init() {}

    public var isEmpty: Bool { removals.isEmpty && surrenders.isEmpty && settings.isEmpty }

    /// Every step, in order.
    public var changes: [Change] {
        // The usual cases without a copy of a hundred thousand.
        if removals.isEmpty, surrenders.isEmpty { return settings }
        return removals + surrenders + settings
    }
}
