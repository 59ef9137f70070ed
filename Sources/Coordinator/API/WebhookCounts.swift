import Billing
import PaymentProviders
import Synchronization

/// How this instance has answered the stores' events since its start.
public final class WebhookCounts: Sendable {
    private struct Key: Hashable {
        let provider: PaymentProvider
        let answer: String
    }

    private let counts = Mutex<[Key: Int]>([:])

    public init() {}

    func count(_ answer: WebhookAnswer, of provider: PaymentProvider) {
        counts.withLock { $0[Key(provider: provider, answer: answer.label), default: 0] += 1 }
    }

    /// By store and answer, in order.
    public var all: [(provider: PaymentProvider, answer: String, count: Int)] {
        counts.withLock { counts in
            counts.map { ($0.key.provider, $0.key.answer, $0.value) }
                .sorted { ($0.0.rawValue, $0.1) < ($1.0.rawValue, $1.1) }
        }
    }
}

extension WebhookAnswer {
    fileprivate var label: String {
        switch self {
        case .ok: "accepted"
        case .duplicate: "duplicate"
        case .ignored: "ignored"
        case .badSignature: "refused"
        case .unreadable: "unreadable"
        case .needsKey: "needs-key"
        case .unavailable: "unavailable"
        }
    }
}
