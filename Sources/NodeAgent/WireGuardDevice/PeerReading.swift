import Model
import Reconciliation

/// Every peer of an interface as of one reading.
public struct PeerReading: Hashable, Sendable {
    /// In no particular order.
    public let peers: [InstalledPeer]
    /// The last handshakes of the peers that were asked about, by the kernel's wall clock; none of a peer that never had
    /// one. Only to be compared with an earlier reading: it is neither kept on disk nor told to anybody.
    public let handshakes: [PublicKey: Timestamp]

    public init(peers: [InstalledPeer], handshakes: [PublicKey: Timestamp] = [:]) {
        self.peers = peers
        self.handshakes = handshakes
    }
}
