import FoundationEssentials

/// A verified event, read into the fields that Holdfast may keep. Everything else in the body is never decoded.
struct StripeEvent: Hashable, Sendable {
    let id: StripeID
    let livemode: Bool
    /// Nil for a type that means nothing here.
    let fields: StripeInboxFields?

    /// - Throws: `StripeEventError`.
    init(body: [UInt8]) throws(StripeEventError) {
        guard JSONLimits.allow(body) else { throw .tooLarge }
        do {
            self = try JSONDecoder().decode(StripeEvent.self, from: Data(body))
        } catch {
            throw .malformed
        }
    }

    private struct Head: Decodable {
        let id: StripeID
        let type: String
        let created: Int64
        let livemode: Bool
    }
}

extension StripeEvent: Decodable {
    init(from decoder: any Decoder) throws {
        let head = try Head(from: decoder)
        id = head.id
        livemode = head.livemode
        guard let type = StripeEventType(rawValue: head.type) else {
            fields = nil
            return
        }
        do {
            fields = try StripeInboxFields(type: type, created: head.created, event: decoder)
        } catch {
            // Recorded all the same, for a person to look at: answering an error would only make Stripe repeat it.
            fields = StripeInboxFields(unreadable: type, created: head.created)
        }
    }
}

/// Why a verified body is not an event that can be read.
enum StripeEventError: Error, Hashable, Sendable {
    case tooLarge
    case malformed
}
