import FoundationEssentials

/// A verified event, read into the fields that Holdfast may keep. Everything else in the body is never decoded.
struct StripeEvent: Sendable {
    let id: StripeID
    let livemode: Bool
    /// Nil for a type that means nothing here.
    let fields: StripeInboxFields?

    /// - Throws: `StripeEventError`.
    init(body: [UInt8]) throws(StripeEventError) {
        guard JSONLimits.allow(body) else { throw .tooLarge }
        let data = Data(body)
        let head: Head
        do {
            head = try JSONDecoder().decode(Head.self, from: data)
        } catch {
            throw .malformed
        }
        id = head.id
        livemode = head.livemode
        guard let type = StripeEventType(rawValue: head.type) else {
            fields = nil
            return
        }
        do {
            fields = try StripeInboxFields(type: type, created: head.created, body: data)
        } catch {
            // Recorded all the same, for a person to look at: answering an error would only make Stripe repeat it.
            fields = StripeInboxFields(unreadable: type, created: head.created)
        }
    }

    private struct Head: Decodable {
        let id: StripeID
        let type: String
        let created: Int64
        let livemode: Bool
    }
}

/// Why a verified body is not an event that can be read.
enum StripeEventError: Error, Hashable, Sendable {
    case tooLarge
    case malformed
}
