import FoundationEssentials

/// A verified event that only names the object that it is about (docs.stripe.com/event-destinations, "thin events").
struct StripeThinEvent: Hashable, Sendable {
    let id: StripeID
    let livemode: Bool
    /// Nil for a type that means nothing here.
    let fields: StripeInboxFields?

    /// Nil for a body that is not such an event.
    init?(body: [UInt8]) {
        guard JSONLimits.allow(body), let content = try? JSONDecoder().decode(Content.self, from: Data(body)),
            content.object == "v2.core.event"
        else { return nil }
        id = content.id
        livemode = content.livemode
        guard let related = content.related_object, let type = Self.type(content.type, of: related.type) else {
            fields = nil
            return
        }
        fields = StripeInboxFields(thin: type, created: Self.seconds(content.created) ?? 0, object: related.id)
    }

    private struct Content: Decodable {
        struct Related: Decodable {
            let id: StripeID
            let type: String?
        }

        let object: String
        let id: StripeID
        let type: String
        /// RFC 3339.
        let created: String
        let livemode: Bool
        let related_object: Related?
    }

    /// `v1.` and the word of the ordinary event; there are finer ones, such as `v1.customer.subscription.past_due`, which
    /// say no more than that the subscription changed.
    private static func type(_ word: String, of object: String?) -> StripeEventType? {
        let plain = word.hasPrefix("v1.") ? String(word.dropFirst(3)) : word
        if let type = StripeEventType(rawValue: plain) { return type }
        switch object {
        case "subscription": return .subscriptionUpdated
        case "invoice": return .invoiceFailed
        default: return nil
        }
    }

    private static func seconds(_ text: String) -> Int64? {
        guard let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")).parse(text) else {
            return nil
        }
        return Int64(exactly: date.timeIntervalSince1970.rounded(.down))
    }
}
