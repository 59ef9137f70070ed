import Billing
import Database
import Model

extension Store {
    /// For how long an event is held by who took it. A worker lets go of it long before; what a dead one held is taken
    /// by another then.
    public static let holdLifetime: Duration = .seconds(45)

    /// Records a verified event; it is committed when this returns, so that the store may be told so.
    ///
    /// - Parameters:
    ///   - fields: the allow-listed fields as a JSON object, never the body.
    ///   - storeReference: the store's own id of the subscription; nil where the event does not name it.
    public func recordWebhook(
        _ provider: PaymentProvider,
        eventID: String,
        fields: String,
        storeReference: String? = nil,
        now: Timestamp
    ) async throws -> InboxRecording {
        let event = WebhookRecorder.Event(id: eventID, fields: fields, storeReference: storeReference, now: now)
        return try await pool.transaction { transaction in
            try Self.insert([event], provider, in: transaction).isEmpty ? .duplicate : .new
        }
    }

    /// Takes events that are due, the oldest first, and holds them.
    ///
    /// Nobody takes an event of a subscription of which another is held: so the events of one subscription are carried
    /// out in order, by one worker at a time, and a subscription with very many of them leaves room for the others. What
    /// a worker does not settle, because the power went, is taken again when it is held no more: after 45 s at first, and
    /// later the more often that happens, up to an hour.
    public func takeWebhooks(
        _ provider: PaymentProvider,
        limit: Int,
        now: Timestamp
    ) async throws -> [InboxEntry] {
        try await pool.transaction { transaction in
            // Two who take at once would each miss what the other is about to hold.
            transaction.enqueue(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                .text("webhooks/\(provider)")
            )
            transaction.planForNow(true)
            return try transaction.query(
                Self.takeDue,
                .text(provider.rawValue),
                .timestamp(now.microseconds),
                .int64(Int64(limit)),
                .double(Self.holdLifetime / .seconds(1))
            )
            .map { row in try InboxEntry(row, provider: provider) }
            .sorted { ($0.receivedAt, $0.eventID) < ($1.receivedAt, $1.eventID) }
        }
    }

    /// Sets an event aside for a person to look at. It keeps its row, and is not tried again.
    public func parkWebhook(_ entry: InboxEntry, reason: String, now: Timestamp) async throws {
        let settlement = Settlement([(entry, .parked(reason))])
        _ = try await settleWebhooks([settlement], policy: BillingPolicy(), now: now)
    }

    /// Carries out one event's effect and marks it done, in one transaction.
    public func apply(
        _ effect: InboxEffect,
        of entry: InboxEntry,
        policy: BillingPolicy,
        now: Timestamp
    ) async throws -> InboxOutcome {
        let outcomes = try await settleWebhooks([Settlement([(entry, .effect(effect))])], policy: policy, now: now)
        switch outcomes[0] {
        case .settled(let outcomes): return outcomes[0] ?? .settledBefore
        case .overtaken, .behind: return .overtaken
        case .refused(let error): throw error
        }
    }

    private static let takeDue: Statement = """
        WITH held AS MATERIALIZED (
            SELECT store_reference FROM webhook_inbox
            WHERE provider = $1 AND done_at IS NULL AND parked_reason IS NULL AND held_until > $2
                AND store_reference IS NOT NULL),
        due AS (
            SELECT provider, event_id FROM webhook_inbox
            WHERE provider = $1 AND done_at IS NULL AND parked_reason IS NULL AND next_attempt_at <= $2
                AND (store_reference IS NULL OR store_reference NOT IN (SELECT store_reference FROM held))
            ORDER BY received_at, event_id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE webhook_inbox w SET attempts = w.attempts + 1, (next_attempt_at, held_until) = (
            SELECT until, until FROM (
                VALUES ($2 + make_interval(secs => greatest($4, least(3600, 5 * power(2, least(w.attempts, 20))))))
            ) AS pause (until))
        FROM due WHERE w.provider = due.provider AND w.event_id = due.event_id
        RETURNING w.event_id, w.fields, w.store_reference, w.received_at, w.attempts
        """
}

extension InboxEntry {
    init(_ row: Row, provider: PaymentProvider) throws(DatabaseError) {
        self.provider = provider
        eventID = try row.text("event_id")
        fields = try row.text("fields")
        storeReference = try row.optionalText("store_reference")
        receivedAt = try row.moment("received_at")
        attempts = Int(try row.int32("attempts"))
    }
}
