import Billing
import Model
import SeededRandom
import Testing

@testable import PaymentProviders

/// What Google Play sends arrives in any order, several times, or not at all; each time the purchase itself is asked for.
@Suite struct PlayHistoryTests {
    private static let tiers = try! TierCatalogue([
        Tier(name: TierName("basic")!, peerLimit: 5, products: [.google: ["basic_monthly"]]),
        Tier(name: TierName("plus")!, peerLimit: 10, products: [.google: ["plus_monthly"]]),
    ])

    /// What is held of each purchase, by the rules that the resolver follows, without a database.
    private struct Books {
        var held: [String: Entitlement] = [:]
        private let empty = Entitlement(provider: .google, environment: .sandbox)

        mutating func hear(_ notice: PlayHistory.Notice, at moment: PlayHistory.Moment) {
            let isRevocation = notice.type == nil || notice.type == 12
            ask(notice.token, heardAt: notice.at, isRevocation: isRevocation, at: moment)
        }

        mutating func ask(
            _ token: String,
            heardAt: Timestamp,
            isRevocation: Bool = false,
            at moment: PlayHistory.Moment
        ) {
            let found = moment.purchases[token].flatMap { $0.isForgotten ? nil : $0 }
            guard found != nil || held[token] != nil else { return }
            let decision = GoogleDecision.make(
                found?.subscription,
                at: heardAt,
                isRevocation: isRevocation,
                catalogue: PlayHistoryTests.tiers,
                now: moment.now
            )
            held[token] = decision.events.reduce(held[token] ?? empty) { $0.applying($1, now: moment.now) }
            guard let old = decision.predecessor?.text else { return }
            let superseded = SubscriptionEvent(at: moment.now, .superseded)
            held[old] = (held[old] ?? empty).applying(superseded, now: moment.now)
        }
    }

    @Test(arguments: 0..<100)
    func `in any order and with losses, access is what Google gives, and one reconcile ends in its state`(
        block: UInt64
    ) {
        for seed in block * 100..<(block + 1) * 100 {
            var random = SplitMix64(seed: seed)
            let history = PlayHistory(using: &random)
            var books = Books()
            for (index, notice) in history.deliveries(losing: Bool.random(using: &random), using: &random) {
                let moment = history.moments[index]
                books.hear(notice, at: moment)
                for (token, entitlement) in books.held {
                    guard entitlement.state == .active || entitlement.state == .grace else { continue }
                    #expect(entitlement.accessUntil! <= history.grantedUntil[token]!, "seed \(seed)")
                }
                let access = books.held[notice.token]?.hasAccess(at: moment.now) ?? false
                // Its successor may not have been heard of yet; until then it has ended at Google's all the same.
                #expect(access == history.hasAccess(notice.token, at: moment), "seed \(seed), \(notice)")
            }
            for token in history.last.purchases.keys.sorted() {
                books.ask(token, heardAt: history.last.now, at: history.last)
            }
            for token in history.last.purchases.keys {
                Self.expect(books.held[token], history, token, seed)
            }
        }
    }

    /// What has to be held of a purchase once Google has been asked about all of them at the end.
    static func expect(_ held: Entitlement?, _ history: PlayHistory, _ token: String, _ seed: UInt64) {
        guard let purchase = history.last.purchases[token] else { return }
        guard let held else {
            #expect(purchase.isForgotten, "seed \(seed), \(token)")
            return
        }
        #expect(held.hasAccess(at: history.last.now) == history.hasAccess(token, at: history.last), "seed \(seed)")
        guard !history.isSuperseded(token, at: history.last) else {
            // A successor that Google has forgotten before anybody heard of it can no longer be known.
            #expect(held.state.isTerminal, "seed \(seed), \(token)")
            return
        }
        #expect(states(purchase).contains(held.state), "seed \(seed), \(token): \(held) \(purchase)")
        guard purchase.givesAccess else { return }
        #expect(held.accessUntil == purchase.expiry, "seed \(seed), \(token)")
        let name = purchase.product == "plus_monthly" ? "plus" : "basic"
        #expect(held.tier?.text == name, "seed \(seed), \(token)")
    }

    private static func states(_ purchase: PlayHistory.Purchase) -> Set<EntitlementState> {
        switch purchase.word {
        case "ACTIVE", "CANCELED": [.active]
        case "IN_GRACE_PERIOD": [.grace]
        case "ON_HOLD", "PAUSED": [.hold]
        case "PENDING": [.pending]
        // Money that went back for an earlier period makes no difference any more once it has ended.
        default: [.expired, .revoked]
        }
    }
}

extension PlayHistory.Purchase {
    var subscription: GoogleSubscription {
        GoogleSubscription(
            subscriptionState: "SUBSCRIPTION_STATE_\(word)",
            acknowledgementState: nil,
            startTime: nil,
            lineItems: [
                .init(
                    productId: ProductID(product)!,
                    expiryTime: "\(expiry)",
                    autoRenewingPlan: .init(autoRenewEnabled: true)
                )
            ],
            linkedPurchaseToken: linked.flatMap { PurchaseToken($0) },
            outOfAppPurchaseContext: .init(expiredPurchaseToken: expiredOutOfApp.flatMap { PurchaseToken($0) }),
            externalAccountIdentifiers: nil,
            testPurchase: .init()
        )
    }
}
