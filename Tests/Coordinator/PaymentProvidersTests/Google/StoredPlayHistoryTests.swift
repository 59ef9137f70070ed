import Billing
import Model
import SeededRandom
import Testing

@testable import PaymentProviders

/// The same lives through receiver, inbox, worker and database, beside a Google that answers each question.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StoredPlayHistoryTests {
    @Test(arguments: 0..<4)
    func `pushes in any order and with losses leave what Google gives`(block: UInt64) async throws {
        try await GoogleDesk.open { desk in
            for seed in block * 25..<(block + 1) * 25 {
                var random = SplitMix64(seed: seed)
                let history = PlayHistory(name: "s\(seed)", using: &random)
                for (index, notice) in history.deliveries(losing: Bool.random(using: &random), using: &random) {
                    let moment = history.moments[index]
                    let answer = try await deliver(notice, of: history, at: moment, to: desk)
                    guard answer == .ok else {
                        #expect(answer == .duplicate, "seed \(seed)")
                        continue
                    }
                    let held = try await desk.entitlement(notice.token)
                    let access = held?.hasAccess(at: moment.now) ?? false
                    #expect(access == history.hasAccess(notice.token, at: moment), "seed \(seed), \(notice)")
                }
                for token in history.last.purchases.keys.sorted() {
                    let question = PlayHistory.Notice(token: token, type: 2, at: history.last.now, moment: -1)
                    try await deliver(question, of: history, at: history.last, to: desk)
                    // A successor that is asked about later may end it, and is known to the next question.
                }
                for token in history.last.purchases.keys {
                    PlayHistoryTests.expect(try await desk.entitlement(token), history, token, seed)
                }
            }
        }
    }

    @discardableResult
    private func deliver(
        _ notice: PlayHistory.Notice,
        of history: PlayHistory,
        at moment: PlayHistory.Moment,
        to desk: GoogleDesk
    ) async throws -> WebhookAnswer {
        for (token, purchase) in moment.purchases {
            desk.world[token] = purchase.isForgotten ? nil : GoogleWorld.Purchase(purchase)
        }
        desk.clock.now = moment.now
        let id = "\(notice.token)-\(notice.moment)-\(notice.type ?? 0)"
        let body =
            if let type = notice.type {
                GoogleWorld.push(notice.token, type: type, id: id, at: notice.at.seconds)
            } else {
                GoogleWorld.envelope(
                    """
                    {"version": "1.0", "packageName": "\(GoogleWorld.package)",
                        "eventTimeMillis": "\(notice.at.seconds * 1000)",
                        "voidedPurchaseNotification": {"purchaseToken": "\(notice.token)", "productType": 1}}
                    """,
                    id: id
                )
            }
        let token = try GoogleWorld.pushToken(issued: moment.now.seconds)
        let answer = try await desk.push(body, token: token)
        await desk.worker.drain()
        return answer
    }
}

extension GoogleWorld.Purchase {
    init(_ purchase: PlayHistory.Purchase) {
        self.init(
            state: purchase.word,
            product: purchase.product,
            expiry: "\(purchase.expiry)",
            linked: purchase.linked,
            expiredOutOfApp: purchase.expiredOutOfApp
        )
    }
}
