import Cryptography
import FleetPlanning
import Model
import NodeProvider

/// What is done about the fleet's capacity.
public struct CapacityTerms: Sendable {
    public enum Mode: Sendable {
        /// Decisions are written down for people, and nobody is asked.
        case propose
        case apply(NodeProvider, CloudInit)
    }

    public let mode: Mode
    public let policy: CapacityPolicy
    /// How long one request for a node lasts before it has failed.
    public let lifetime: Duration
    public let providerTimeout: Duration
    /// How long a node that is removed keeps a moved peer.
    public let linger: Duration
    public let pepper: Pepper
    public let authorityPin: [UInt8]

    public init(
        mode: Mode,
        policy: CapacityPolicy,
        lifetime: Duration,
        providerTimeout: Duration,
        linger: Duration = .seconds(86_400),
        pepper: Pepper,
        authorityPin: [UInt8]
    ) {
        self.mode = mode
        self.policy = policy
        self.lifetime = lifetime
        self.providerTimeout = providerTimeout
        self.linger = linger
        self.pepper = pepper
        self.authorityPin = authorityPin
    }
}
