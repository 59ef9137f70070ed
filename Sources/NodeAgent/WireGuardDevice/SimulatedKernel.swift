import Model
import Reconciliation
import Synchronization

/// The part of a kernel that holds one WireGuard interface, in memory. It outlives the ``SimulatedDevice`` that an
/// agent opens on it, and other hands can reach into it meanwhile.
public final class SimulatedKernel: Sendable {
    private let state = Mutex(State())

    struct State {
        var exists = false
        var peers: [PublicKey: Peer] = [:]
        /// The one peer that each allowed-ip belongs to.
        var owners: [IPPrefix: PublicKey] = [:]
        var refused: Set<PublicKey> = []
        var handshakes: [PublicKey: Timestamp] = [:]
        var events: [LinkEvent] = []
    }

    struct Peer {
        var allowedIPs: Set<IPPrefix> = []
        var foreignSettings: ForeignSettings = []
    }

    public init() {}

    /// Makes the kernel refuse to set this peer from now on.
    public func refuse(_ key: PublicKey) {
        state.withLock { _ = $0.refused.insert(key) }
    }

    public func accept(_ key: PublicKey) {
        state.withLock { _ = $0.refused.remove(key) }
    }

    /// A peer shakes hands at this moment of the kernel's wall clock.
    public func shakeHands(_ key: PublicKey, at moment: Timestamp) {
        state.withLock { $0.handshakes[key] = $0.peers[key] == nil ? nil : moment }
    }

    /// What `ip link delete` does.
    public func deleteInterface() {
        state.withLock { state in
            let refused = state.refused
            let events = state.events + (state.exists ? [.removed] : [])
            state = State(refused: refused, events: events)
        }
    }

    /// What `wg set` does.
    public func change(_ change: Change, foreignSettings: ForeignSettings = []) {
        state.withLock { state in
            state.carryOut(change)
            if case .set = change { state.peers[change.publicKey]?.foreignSettings = foreignSettings }
        }
    }

    public func peers() -> [InstalledPeer] {
        state.withLock { $0.installed() }
    }

    func withState<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}

extension SimulatedKernel.State {
    /// As the kernel does it: an allowed-ip that another peer has moves without a word.
    mutating func carryOut(_ change: Change) {
        let key = change.publicKey
        guard case .set(let setting) = change else {
            handshakes[key] = nil
            for prefix in peers.removeValue(forKey: key)?.allowedIPs ?? [] { owners[prefix] = nil }
            return
        }
        if setting.replacesAllowedIPs {
            for prefix in peers[key]?.allowedIPs ?? [] { owners[prefix] = nil }
            peers[key]?.allowedIPs = []
        }
        for prefix in setting.entry.allowedIPs {
            if let owner = owners.updateValue(key, forKey: prefix), owner != key {
                peers[owner]?.allowedIPs.remove(prefix)
            }
        }
        var peer = peers.removeValue(forKey: key) ?? SimulatedKernel.Peer()
        peer.allowedIPs.formUnion(setting.entry.allowedIPs)
        peer.foreignSettings.subtract(setting.clears)
        peers[key] = peer
    }

    func installed() -> [InstalledPeer] {
        peers.map { key, peer in
            InstalledPeer(
                PeerEntry(publicKey: key, allowedIPs: Array(peer.allowedIPs)),
                foreignSettings: peer.foreignSettings
            )
        }
    }
}
