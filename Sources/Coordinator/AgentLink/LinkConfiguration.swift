import Model
import Newcomers
import Store

/// What the operator may set of the link, and the limits that guard it.
public struct LinkConfiguration: Sendable {
    /// Port 0 takes any free one.
    public var listen: HostPort
    /// The base; the fleet's size and jitter lengthen it.
    public var heartbeatInterval: Duration = .seconds(15)
    /// The tunnel interface's, in bytes.
    public var mtu: UInt16 = 1420
    /// How many peers a newly enrolled node may have.
    public var nodeCapacity: Int32 = 10_000
    public var nodeCertificateLifetime: Duration = .seconds(30 * 86_400)
    public var serverCertificateLifetime: Duration = .seconds(30 * 86_400)
    /// For the TLS handshake, and again for the first message.
    public var openingLimit: Duration = .seconds(10)
    /// Connections that have not yet said who they are.
    public var newcomers = NewcomerLimits(all: 256)
    /// What each of them may send, TLS included.
    public var newcomerByteCountMax = 64 << 10
    /// What nodes may say of themselves without an operator's word.
    public var policy = LinkPolicy()
    /// Snapshots read and sent at the same moment.
    public var snapshotLimit = 8
    /// One instance asks for no more heartbeats than this in a second: beyond it the interval grows.
    public var heartbeatsPerSecondMax = 50

    public init(listen: HostPort) {
        self.listen = listen
    }
}
