import Billing
import Database
import Model

extension Store {
    /// Records a verified event; it is committed when this returns, so that the store may be told so.
    ///
    /// - Parameter fields: the allow-listed fields as a JSON object, never the body.
    public func recordWebhook(
        _ provider: PaymentProvider,
        eventID: String,
        fields: String,
        now: Timestamp
    ) async throws -> InboxRecording {
        let event = WebhookRecorder.Event(id: eventID, fields: fields, now: now)
        return try await pool.transaction { transaction in
            try Self.insert([event], provider, in: transaction).isEmpty ? .duplicate : .new
        }
    }

    /// Takes events that are due, oldest first. Each is due again after a pause that doubles from 5 s up to an hour:
    /// what this worker does not settle, because the store was silent or the power went, comes back by itself.
    public func takeWebhooks(
        _ provider: PaymentProvider,
        limit: Int,
        now: Timestamp
    ) async throws -> [InboxEntry] {
        try await pool.transaction { transaction in
            try transaction.query(
                Self.takeDue,
                .text(provider.rawValue),
                .timestamp(now.microseconds),
                .int64(Int64(limit))
            )
            .map { row in try InboxEntry(row, provider: provider) }
            .sorted { ($0.receivedAt, $0.eventID) < ($1.receivedAt, $1.eventID) }
        }
    }

    /// Carries out an event's effect and marks it done, in one transaction.
    public func apply(
        _ effect: InboxEffect,
        of entry: InboxEntry,
        policy: BillingPolicy,
        now: Timestamp
    ) async throws -> InboxOutcome {
        let id = SubscriptionID.random()
        let outcome: InboxOutcome = try await pool.transaction { transaction in
            try Self.lock(effect, in: transaction)
            guard try Self.isOpen(entry, in: transaction) else { return .settledBefore }
            let outcome = try Self.carryOut(effect, id: id, policy: policy, now: now, in: transaction)
            switch outcome {
            case .applied: try Self.settle(entry, parkedReason: nil, now: now, in: transaction)
            case .appliedAndParked(_, let binding):
                try Self.settle(entry, parkedReason: "\(binding)", now: now, in: transaction)
            case .settledBefore, .overtaken: break
            }
            return outcome
        }
        peersDue.wake()
        return outcome
    }

    /// Marks an event done that has nothing to do.
    public func finishWebhook(_ entry: InboxEntry, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try Self.settle(entry, parkedReason: nil, now: now, in: transaction)
        }
    }

    /// Sets an event aside for a person to look at. It keeps its row, and is not tried again.
    public func parkWebhook(_ entry: InboxEntry, reason: String, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try Self.settle(entry, parkedReason: reason, now: now, in: transaction)
        }
    }

    /// Whether the entry still waits; its row is locked.
    private static func isOpen(_ entry: InboxEntry, in transaction: Transaction) throws(DatabaseError) -> Bool {
        let rows = try transaction.query(
            """
            SELECT FROM webhook_inbox
            WHERE provider = $1 AND event_id = $2 AND done_at IS NULL AND parked_reason IS NULL FOR UPDATE
            """,
            .text(entry.provider.rawValue),
            .text(entry.eventID)
        )
        return !rows.isEmpty
    }

    private static func settle(
        _ entry: InboxEntry,
        parkedReason: String?,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) {
        try transaction.execute(
            """
            UPDATE webhook_inbox SET parked_reason = $3, done_at = CASE WHEN $3::text IS NULL THEN $4::timestamptz END
            WHERE provider = $1 AND event_id = $2 AND done_at IS NULL AND parked_reason IS NULL
            """,
            .text(entry.provider.rawValue),
            .text(entry.eventID),
            .text(parkedReason),
            .timestamp(now.microseconds)
        )
    }

    private static let takeDue: Statement = """
        WITH due AS (
            SELECT provider, event_id FROM webhook_inbox
            WHERE provider = $1 AND done_at IS NULL AND parked_reason IS NULL AND next_attempt_at <= $2
            ORDER BY next_attempt_at, received_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE webhook_inbox w SET attempts = w.attempts + 1,
            next_attempt_at = $2 + make_interval(secs => least(3600, 5 * power(2, least(w.attempts, 20))))
        FROM due WHERE w.provider = due.provider AND w.event_id = due.event_id
        RETURNING w.event_id, w.fields, w.received_at, w.attempts
        """
}

extension InboxEntry {
    init(_ row: Row, provider: PaymentProvider) throws(DatabaseError) {
        self.provider = provider
        eventID = try row.text("event_id")
        fields = try row.text("fields")
        receivedAt = try row.moment("received_at")
        attempts = Int(try row.int32("attempts"))
    }
}
