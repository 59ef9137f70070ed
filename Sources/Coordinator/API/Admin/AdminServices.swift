import Billing
import CertificateAuthority
import Cryptography
import Model
import Placement
import Store

/// What the operators' routes work with.
public struct AdminServices: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let authority: CertificateAuthority
    let pepper: Pepper
    /// How a plan is made: as the controllers make theirs.
    let placement: PlacementPolicy
    /// How long a drained node keeps a moved peer where the request does not say.
    let linger: Duration
    /// What each tier allows, by the tier's name.
    let limits: [String: TierLimits]
    /// The world whose purchases count.
    let environment: BillingEnvironment
    let refusals: RefusedAccess
    /// The heads of the audit log that this instance has kept; nil where it keeps none.
    let anchors: @Sendable () -> AuditAnchorReading?
    /// After so long a rollback stops at the step that it has reached; repeating it goes on.
    var rollbackLimit: Duration = .seconds(60)

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        authority: CertificateAuthority,
        pepper: Pepper,
        placement: PlacementPolicy,
        linger: Duration,
        anchors: @escaping @Sendable () -> AuditAnchorReading? = { nil },
        limits: [String: TierLimits] = [:],
        environment: BillingEnvironment = .sandbox
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.authority = authority
        self.pepper = pepper
        self.placement = placement
        self.linger = linger
        self.anchors = anchors
        self.limits = limits
        self.environment = environment
        refusals = RefusedAccess(store: store)
    }
}
