import Billing
import Model
import Store

/// Applies what a store answers when it is asked, without an event: for reconciliation, and for proofs that devices post.
struct AnswerDesk: Sendable {
    /// How often a store is asked again at once because somebody wrote the subscription meanwhile.
    private static let overtakingMax = 3

    let store: Store
    var policy = BillingPolicy()
    let clock: @Sendable () -> Timestamp

    /// Reads the subscription, asks the store, and writes the answer if nobody wrote in between.
    ///
    /// - Parameter ask: gets what was read.
    /// - Returns: with the effect that is in force, where there is one.
    func apply(
        _ reference: StoreReference,
        _ ask: (InboxEffect.Seen) async throws -> StoreAnswer
    ) async throws(ReconciliationFailure) -> (outcome: RefreshOutcome, effect: InboxEffect?) {
        for _ in 0..<Self.overtakingMax {
            let seen = try await database { try await InboxEffect.Seen(store.subscription(reference)) }
            let answer: StoreAnswer
            do {
                answer = try await ask(seen)
            } catch {
                throw .store("\(error)")
            }
            switch answer {
            case .notFound: return (.notFound, nil)
            case .unusable(let reason): return (.unusable(reason), nil)
            case .elsewhere: return (.elsewhere, nil)
            case .effect(let effect):
                let outcome = try await database { try await store.apply(effect, policy: policy, now: clock()) }
                switch outcome {
                // What was served before goes on: then there is an effect.
                case .appliedAndParked(_, .products(let problem, let isServed)):
                    return (.unusable("\(problem)"), isServed ? effect : nil)
                // An order that others have, or that nobody registered, is the affair of the event that names it.
                case .applied(let id), .appliedAndParked(let id, _): return (.applied(id), effect)
                case .overtaken, .settledBefore: continue
                }
            }
        }
        throw .overtaken
    }

    private func database<Value>(_ body: () async throws -> Value) async throws(ReconciliationFailure) -> Value {
        do {
            return try await body()
        } catch {
            throw .database("\(error)")
        }
    }
}

extension InboxEffect.Seen {
    init(_ record: SubscriptionRecord?) {
        self = record.map { .version($0.version) } ?? .absent
    }
}
