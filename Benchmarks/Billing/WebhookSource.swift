import Foundation
import LabSupport

/// One client's events: three in turn for each subscription, every one with an id of its own.
struct WebhookSource {
    private static let eventsPerSubscription = 3
    private let client: Int
    private let run = UInt32.random(in: 0...UInt32.max)
    private var templates: [WebhookTemplate] = []
    private var count = 0

    init(client: Int) throws {
        self.client = client
    }

    mutating func next() throws -> [UInt8] {
        let place = count % Self.eventsPerSubscription
        if place == 0 {
            let purchase = StripePurchase(tier: .fleet)
            let changed = try WebhookTemplate(.subscriptionCreated(purchase))
            templates = [changed, try WebhookTemplate(.invoicePaid(purchase)), changed]
        }
        count += 1
        return templates[place].request(id: "evt_\(client)x\(run)x\(count)", at: Int(Date().timeIntervalSince1970))
    }
}
