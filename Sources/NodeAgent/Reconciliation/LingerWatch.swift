import Model

/// How long each peer that has moved away has been silent, and whom to let go of.
///
/// A handshake's moment is the kernel's wall clock, which may jump. So it is only compared with the one seen before: a
/// peer is silent since it was first seen with its mark, or was last seen with another handshake, by the clock that is
/// never set. That is later than the truth by one reading of the kernel at most, and never earlier.
public struct LingerWatch: Hashable, Sendable {
    private struct Silence: Hashable, Sendable {
        /// The revision that marked the peer: one that moved back and away again begins anew.
        let mark: Revision
        let handshake: Timestamp?
        let since: Duration
    }

    /// How long a peer must have been silent. WireGuard ends a session after 180 s (REJECT_AFTER_TIME) without a
    /// handshake.
    private let silenceLimit: Duration
    private var silences: [PublicKey: Silence] = [:]

    public init(silenceLimit: Duration) {
        self.silenceLimit = silenceLimit
    }

    /// - Parameters:
    ///   - lingering: the peers that linger, each with the revision that marked it. Those not named are forgotten.
    ///   - handshakes: their last handshakes, as the kernel tells them now; none for a peer that never shook hands.
    ///   - now: monotonic.
    /// - Returns: the peers to let go of, in the order of the keys. They are named again until they no longer linger.
    public mutating func observe(
        _ lingering: [PublicKey: Revision],
        handshakes: [PublicKey: Timestamp],
        at now: Duration
    ) -> [PublicKey] {
        var next: [PublicKey: Silence] = [:]
        next.reserveCapacity(lingering.count)
        for (key, mark) in lingering {
            let handshake = handshakes[key]
            let known = silences[key]
            let isSame = known?.mark == mark && known?.handshake == handshake
            next[key] = isSame ? known : Silence(mark: mark, handshake: handshake, since: now)
        }
        silences = next
        return next.filter { now - $0.value.since >= silenceLimit }.keys.sorted()
    }
}
