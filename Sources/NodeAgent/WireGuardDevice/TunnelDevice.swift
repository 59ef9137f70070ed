import Model
import Reconciliation

/// The WireGuard interface, as the agent sees it: the kernel's (``KernelDevice``), or one in memory
/// (``SimulatedDevice``) for the simulator, benchmarks of the rest, and tests.
///
/// Blocking, and used by one thread.
public protocol TunnelDevice: ~Copyable {
    /// Creates or adopts the interface and sets key, port, MTU, addresses and up, each only where it differs; peers
    /// stay. Returns true when the interface had to be created, and so has no peers.
    mutating func prepare(_ configuration: DeviceConfiguration) throws(DeviceError) -> Bool

    /// What the last `prepare` could not do although the interface serves: an address that the kernel does not take.
    var trouble: DeviceError? { get }

    /// What the last `prepare` found otherwise than it should be, and put right. All of it, where the interface is new.
    var repairs: [InterfaceRepair] { get }

    /// The kernel does not let the interface have IPv6.
    var lacksIPv6: Bool { get }

    /// The kernel's number for the interface, as of the last `prepare`; nil where there is none to be had.
    var interfaceIndex: UInt32? { get }

    /// Whose public key the interface has, as of the last `prepare`.
    var publicKey: PublicKey? { get }

    /// Every peer of the interface, and the last handshakes of these keys' owners.
    mutating func readPeers(handshakesOf keys: Set<PublicKey>) throws(DeviceError) -> PeerReading

    /// Carries out a plan in its order; a refused peer does not stop the others. After an error a part may have been
    /// done: read the peers again.
    mutating func apply(_ plan: Plan) throws(DeviceError) -> ApplyReport

    /// - Parameter now: the wall clock, against which handshakes are recent.
    mutating func statistics(now: Timestamp) throws(DeviceError) -> DeviceStatistics

    /// Becomes readable when ``drainEvents()`` has something; nil where there is nothing to poll.
    var eventDescriptor: Int32? { get }

    /// What happened to the interface since the last call, without waiting. `prepare` causes events, too.
    mutating func drainEvents() -> [LinkEvent]
}

extension TunnelDevice where Self: ~Copyable {
    /// Every peer of the interface, in no particular order.
    public mutating func readPeers() throws(DeviceError) -> [InstalledPeer] { try readPeers(handshakesOf: []).peers }
}
