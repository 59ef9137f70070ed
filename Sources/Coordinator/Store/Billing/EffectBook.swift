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

    /// As they are stored, under the locks.
    private let found: [StoreReference: SubscriptionRecord]
    private let policy: BillingPolicy
    private let now: Timestamp
    private(set) var pages: [StoreReference: Page] = [:]

    init(found: [StoreReference: SubscriptionRecord], policy: BillingPolicy, now: Timestamp) {
        self.found = found
        self.policy = policy
        self.now = now
    }

    /// - Returns: false, and nothing is changed, when one of them rests on a reading that holds no more.
    mutating func enter(_ effects: [InboxEffect], author: Int) -> Bool {
        guard effects.allSatisfy({ holds($0, author) }) else { return false }
        for effect in effects { enter(effect, author) }
        return true
    }

    private func holds(_ effect: InboxEffect, _ author: Int) -> Bool {
        let isOwn = pages[effect.reference].map { $0.author == author } ?? true
        switch effect.seen {
        case .irrelevant: return true
        case .absent: return isOwn && found[effect.reference] == nil
        case .version(let version): return isOwn && found[effect.reference]?.version == version
        }
    }

    private mutating func enter(_ effect: InboxEffect, _ author: Int) {
        let before = found[effect.reference]
        let empty = Entitlement(provider: effect.reference.provider, environment: effect.reference.environment)
        var page =
            pages[effect.reference]
            ?? Page(before: before, author: author, entitlement: before?.entitlement ?? empty)
        let isKnown = before != nil || pages[effect.reference] != nil
        let after = effect.events.reduce(page.entitlement) { entitlement, event in
            entitlement.applying(event, now: now, policy: policy)
        }
        if !isKnown || page.entitlement != after {
            page.changes.append("\(isKnown ? page.entitlement.state.rawValue : "none") to \(after.state.rawValue)")
        }
        page.entitlement = after
        pages[effect.reference] = page
    }
}
