import Model

/// One fact about an entitlement, for whoever asks why it is what it is. Nothing of it names a customer or a purchase.
public struct EntitlementFact: Hashable, Sendable {
    public let name: String
    public let value: String
    /// Where the value comes from.
    public let because: String

    public init(_ name: String, _ value: String, because: String = "") {
        self.name = name
        self.value = value
        self.because = because
    }
}

extension Entitlement {
    /// What the entitlement rests on, from the provider's word to what its customer may use.
    ///
    /// - Parameters:
    ///   - served: the world that the coordinator serves.
    ///   - tierPeers: the limit of the tier; nil where the settings do not have it.
    public func facts(served: BillingEnvironment, tierPeers: Int?, now: Timestamp) -> [EntitlementFact] {
        var facts = [
            EntitlementFact(
                "provider",
                provider.rawValue,
                because: environment == served
                    ? "a purchase of the world that is served, \(environment.rawValue)"
                    : "a test purchase: it has a tier of its own and ends soon"
            ),
            EntitlementFact("state", state.rawValue, because: reason),
            accessFact(now),
        ]
        if let accessUntil {
            facts.append(EntitlementFact("access until", "\(accessUntil)", because: measure(accessUntil)))
        }
        if let paidThrough { facts.append(EntitlementFact("paid through", "\(paidThrough)")) }
        facts.append(EntitlementFact("renews", autoRenew ? "yes" : "no"))
        facts += productFacts(tierPeers)
        if let eventAt { facts.append(EntitlementFact("last word", "\(eventAt)", because: "of the provider's clock")) }
        return facts + (ledger?.facts ?? [])
    }

    private var reason: String {
        switch state {
        case .pending: "the provider has told of no payment"
        case .active: "the provider calls it active"
        case .grace: "a payment failed, and access goes on while the provider tries again"
        case .hold: "a payment failed for too long, it is paused, or nothing of what was bought is served here"
        case .expired: "the provider says that it ended"
        case .revoked: "the money went back, or the payer's bank asks for it"
        case .superseded: "another purchase took its place, for good"
        }
    }

    private func accessFact(_ now: Timestamp) -> EntitlementFact {
        if hasAccess(at: now) { return EntitlementFact("access", "yes", because: "active or grace, before its end") }
        guard state == .active || state == .grace else {
            return EntitlementFact("access", "no", because: "the state \(state.rawValue) gives none")
        }
        return EntitlementFact("access", "no", because: accessUntil == nil ? "no end is known" : "its end has passed")
    }

    private func measure(_ accessUntil: Timestamp) -> String {
        guard let paidThrough else { return "as the provider says; it named no paid period" }
        if accessUntil == paidThrough { return "the end of what was paid" }
        let seconds = (accessUntil - paidThrough).components.seconds
        return seconds > 0
            ? "\(seconds) s after the end of what was paid: grace, or an allowance"
            : "\(-seconds) s before the end of what was paid"
    }

    private func productFacts(_ tierPeers: Int?) -> [EntitlementFact] {
        let bought = products.map { $0.joined(separator: ", ") }
        var facts = [
            EntitlementFact(
                "products",
                bought ?? "not named",
                because: bought == nil ? "" : "as the provider names them"
            ),
            EntitlementFact(
                "tier",
                tier?.text ?? "none",
                because: tier == nil ? "no product named one: paid for, it cannot be used" : "by its products"
            ),
        ]
        if let productProblem { facts.append(EntitlementFact("to mend", productProblem, because: "in the settings")) }
        if let upcoming {
            facts.append(
                EntitlementFact("next tier", upcoming.tier.text, because: "paid already, it begins at \(upcoming.at)")
            )
        }
        guard tier != nil else { return facts }
        guard let tierPeers else {
            return facts + [EntitlementFact("peers allowed", "none new", because: "the settings do not have the tier")]
        }
        return facts + [
            EntitlementFact(
                "peers allowed",
                "\(tierPeers + extraPeers)",
                because: "\(tierPeers) by the tier, \(extraPeers) by add-ons"
            )
        ]
    }
}

extension AppStoreLedger {
    /// The signed facts, the latest period first; without the transactions' ids.
    fileprivate var facts: [EntitlementFact] {
        let known = periods.values.compactMap(\.effective).sorted { $0.purchasedAt > $1.purchasedAt }
        var facts = known.prefix(12).map { period in
            EntitlementFact(
                "period",
                "\(period.purchasedAt) to \(period.expiresAt)",
                because: [
                    period.tier?.text ?? "no tier", period.isRenewal ? "a renewal" : nil,
                    period.isUpgraded ? "replaced by an upgrade" : nil, period.revokedAt.map { "taken back at \($0)" },
                    "signed at \(period.signedAt)",
                ].compactMap(\.self).joined(separator: ", ")
            )
        }
        guard let renewal else { return facts }
        let grace = renewal.graceUntil.map { "grace until \($0)" } ?? (renewal.isInGrace ? "grace without a date" : nil)
        facts.append(
            EntitlementFact(
                "renewal",
                renewal.autoRenews ? "on" : "off",
                because: [
                    grace, renewal.isInBillingRetry ? "the payment is tried again" : nil,
                    "signed at \(renewal.signedAt)",
                ].compactMap(\.self).joined(separator: ", ")
            )
        )
        return facts
    }
}
