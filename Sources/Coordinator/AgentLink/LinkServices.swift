import CertificateAuthority
import Cryptography
import Logging
import Model
import Placement
import Store

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
    let unauthenticated: Slots
    let snapshots: Slots
    let links = Slots(limit: .max)

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
