import CertificateAuthority
import Cryptography
import DaemonRuntime
import Logging
import Model
import Placement
import Store
import Newcomers

/// What every connection works with.
struct LinkServices: Sendable {
    let configuration: LinkConfiguration
    let store: Store
    let changeFeed: ChangeFeed
    let authority: CertificateAuthority
    let pepper: Pepper
    let addressPool: AddressPool
    let instance: InstanceID
    let logger: Logger
    /// For what a stranger, or one node, can cause again and again.
    let quiet: QuietLogger
    let counts: LinkCounts
    let newcomers: Newcomers
    let snapshots: Slots
    /// Nodes that are linked: by their number heartbeats are paced.
    let links = Slots(limit: .max)
    /// Join tokens that were none, by where they came from.
    let failedEnrolments = RateLimiter<IPPrefix?>(burst: 16, pause: .seconds(2))
    /// Hellos of a node.
    let hellos = RateLimiter<NodeID>(burst: 30, pause: .seconds(1))

    var network: TunnelNetwork { addressPool.network(mtu: configuration.mtu) }

    /// The interval without jitter: longer than the base only when the links are many.
    var heartbeatInterval: Duration {
        let forRate = Duration.seconds(Double(links.count) / Double(configuration.heartbeatsPerSecondMax))
        return max(configuration.heartbeatInterval, forRate)
    }

    /// Up to a tenth more or less, so that links which began together drift apart.
    func jitteredHeartbeatInterval() -> Duration {
        heartbeatInterval * Double.random(in: 0.9...1.1)
    }

    /// After this a link counts as dead: two heartbeats, jitter included.
    var silenceLimit: Duration { heartbeatInterval * 2.2 }
}
