import Billing
import Model

/// What effects come to, in their order, before anything is written.
///
/// Effects of one author were decided together: on one reading of the subscription, and on answers that were given after
/// it, each later than the ones before. So they may follow each other, where that reading still holds. Of two authors
/// nobody knows whose answer is newer: the second one who has asked is refused, and asks again.
struct EffectBook {
    struct Page {
        let before: SubscriptionRecord?
        let author: Int
        var entitlement: Entitlement
        /// From which state to which; one for each effect that changed something.
        var changes: [String] = []
    }

    /// What becomes of one effect.
    enum Decision {
        /// Its entitlement is on its page, with what is wrong with the products.
        case entered(InboxEffect, ProductProblem?, isServed: Bool)
        /// Nothing is written, and a person has to look at it.
        case parked(ProductProblem)
        /// Nothing is written: nothing that is served here was bought, or it is one test purchase too many.
        case ignored
    }

    /// What is stored beside the subscriptions, of which the effects were told.
    struct Facts {
        /// As they are stored, under the locks.
        var found: [StoreReference: SubscriptionRecord]
        /// The tiers of those whose place others take.
        var tiersBefore: [StoreReference: TierName] = [:]
        /// Test purchases that there is no room for.
        var beyondRoom: Set<StoreReference> = []
    }

    private let facts: Facts
    private let policy: BillingPolicy
    private let now: Timestamp
    private(set) var pages: [StoreReference: Page] = [:]

    init(facts: Facts, policy: BillingPolicy, now: Timestamp) {
        self.facts = facts
        self.policy = policy
        self.now = now
    }

    /// - Returns: a decision for each; nil, and nothing is changed, when one of them rests on a reading that holds no more.
    mutating func enter(_ effects: [InboxEffect], author: Int) -> [Decision]? {
        guard effects.allSatisfy({ holds($0, author) }) else { return nil }
        var decisions: [Decision] = []
        for effect in effects { decisions.append(enter(effect, author)) }
        return decisions
    }

    private func holds(_ effect: InboxEffect, _ author: Int) -> Bool {
        let isOwn = pages[effect.reference].map { $0.author == author } ?? true
        switch effect.seen {
        case .irrelevant: return true
        case .absent: return isOwn && facts.found[effect.reference] == nil
        case .version(let version): return isOwn && facts.found[effect.reference]?.version == version
        }
    }

    private func entitlement(_ reference: StoreReference) -> Entitlement? {
        pages[reference]?.entitlement ?? facts.found[reference]?.entitlement
    }

    private mutating func enter(_ effect: InboxEffect, _ author: Int) -> Decision {
        // One too many: nothing is written, so that it is judged anew when it comes again.
        if effect.testTerms != nil, facts.beyondRoom.contains(effect.reference) { return .ignored }
        let known = entitlement(effect.reference)
        let problem = effect.blockingProblem
        var tier = known?.tier
        if tier == nil, problem != nil { tier = effect.supersedes.flatMap { facts.tiersBefore[$0] } }
        guard tier == nil else {
            write(effect, tier: tier, author)
            return .entered(effect, problem, isServed: true)
        }
        if let problem {
            // An order must not be lost over a product that nobody configured yet.
            guard effect.claimHash != nil else { return .parked(problem) }
            let known = effect.makingKnown()
            write(known, tier: nil, author)
            return .entered(known, problem, isServed: false)
        }
        if known == nil, effect.servesNothing { return .ignored }
        write(effect, tier: nil, author)
        return .entered(effect, nil, isServed: false)
    }

    /// - Parameter tier: what goes on where the effect names none.
    private mutating func write(_ effect: InboxEffect, tier: TierName?, _ author: Int) {
        let reference = effect.reference
        let empty = Entitlement(provider: reference.provider, environment: reference.environment)
        let known = entitlement(reference)
        var start = known ?? empty
        start.tier = start.tier ?? tier
        var after = effect.events.reduce(start) { entitlement, event in
            entitlement.applying(event, now: now, policy: policy)
        }
        if let terms = effect.testTerms { after = after.limited(by: terms, now: now) }
        var page =
            pages[reference] ?? Page(before: facts.found[reference], author: author, entitlement: known ?? empty)
        if known != after {
            page.changes.append("\(known?.state.rawValue ?? "none") to \(after.state.rawValue)")
        }
        page.entitlement = after
        pages[reference] = page
    }
}
