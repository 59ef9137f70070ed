import Billing
import Database
import Model

extension Store {
    /// Carries out what a device handed in, once: it is recorded in the inbox, as done, in the same transaction.
    ///
    /// - Parameters:
    ///   - eventID: the same for the same proof.
    ///   - fields: the allow-listed fields as a JSON object.
    public func applyProof(
        _ effect: InboxEffect,
        eventID: String,
        fields: String,
        policy: BillingPolicy,
        now: Timestamp
    ) async throws -> SubscriptionID? {
        let applied: SubscriptionID? = try await pool.transaction { transaction in
            try Self.lock([effect], in: transaction)
            let inserted = try transaction.execute(
                """
                INSERT INTO webhook_inbox (provider, event_id, fields, received_at, next_attempt_at, attempts, done_at)
                VALUES ($1, $2, $3, $4, $4, 1, $4) ON CONFLICT DO NOTHING
                """,
                .text(effect.reference.provider.rawValue),
                .text(eventID),
                .text(fields),
                .timestamp(now.microseconds)
            )
            // Of an account that was erased since, nothing is left that the proof had brought.
            if inserted == 0, let record = try Self.subscription(effect.reference, in: transaction),
                record.entitlement.ledger != nil
            {
                return record.id
            }
            switch try Self.carryOut([[effect]], policy: policy, now: now, in: transaction)[0]?[0] {
            case .applied(let id), .appliedAndParked(let id, _): return id
            case .settledBefore, .overtaken, nil: return nil
            }
        }
        peersDue.wake()
        return applied
    }
}
