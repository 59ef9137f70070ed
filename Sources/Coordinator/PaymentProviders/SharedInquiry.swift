import OutboundHTTP
import Store
import Synchronization

/// What is known to the events of one subscription that take effect together: the subscription as it was read first, and
/// what the store has answered since.
///
/// An answer that is used again is as old as its first use, and was given after the reading. So the rule "written only if
/// nobody wrote since the reading" guards every use of it, and each event was accepted before its answer was given.
final class SharedInquiry: Sendable {
    /// Beyond that, the store is asked again: bounds the memory.
    private static let answersMax = 16

    private struct State {
        var seen: [StoreReference: InboxEffect.Seen]
        var answers: [String: WebAnswer] = [:]
    }

    private let state: Mutex<State>

    init(seen: [StoreReference: InboxEffect.Seen] = [:]) {
        state = Mutex(State(seen: seen))
    }

    /// The subscription, as it was read first.
    ///
    /// - Throws: `DatabaseError`.
    func seen(_ reference: StoreReference, at store: Store) async throws -> InboxEffect.Seen {
        if let known = state.withLock({ $0.seen[reference] }) { return known }
        let seen = InboxEffect.Seen(try await store.subscription(reference))
        state.withLock { $0.seen[reference] = seen }
        return seen
    }

    func answer(to url: String) -> WebAnswer? {
        state.withLock { $0.answers[url] }
    }

    /// An answer that may be another one a little later is not kept.
    func keep(_ answer: WebAnswer, to url: String) {
        guard !answer.mayPass else { return }
        state.withLock { state in
            if state.answers.count < Self.answersMax { state.answers[url] = answer }
        }
    }
}
