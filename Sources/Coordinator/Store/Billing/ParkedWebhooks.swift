import Billing
import Database
import Model

/// An event that was set aside for a person. Whose it is does not appear: the store's own page of the event tells.
public struct ParkedWebhook: Hashable, Sendable {
    public let provider: PaymentProvider
    /// The store's own id of the event.
    public let eventID: String
    /// The store's own word for what happened, where the event has one.
    public let type: String?
    public let reason: String
    public let attempts: Int
    public let receivedAt: Timestamp
}

extension Store {
    /// The oldest first.
    ///
    /// - Parameter after: the last of the page before.
    public func parkedWebhooks(
        _ provider: PaymentProvider? = nil,
        after: (PaymentProvider, eventID: String)? = nil,
        limit: Int
    ) async throws -> [ParkedWebhook] {
        let list = Self.listParked.with(
            .text(provider?.rawValue),
            .text(after?.0.rawValue),
            .text(after?.eventID),
            .int64(Int64(limit))
        )
        return try await pool.query(list) { rows in try rows.map { row in try ParkedWebhook(row) } }
    }

    /// Puts parked events back into the inbox, to be tried at once: whatever stood in their way was mended.
    ///
    /// - Parameters:
    ///   - provider: nil for every store's.
    ///   - eventID: nil for all of them.
    ///   - actor: nil for what is tried now and then by itself, which is in no log.
    /// - Returns: how many there were.
    public func retryParked(
        _ provider: PaymentProvider?,
        eventID: String? = nil,
        by actor: AuditEntry.Actor?,
        now: Timestamp
    ) async throws -> Int {
        try await changeParked(Self.retry, .webhookRetried, provider, eventID, actor, now)
    }

    /// Marks a parked event done without any effect.
    public func dismissParked(
        _ provider: PaymentProvider,
        eventID: String,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Bool {
        try await changeParked(Self.dismiss, .webhookDismissed, provider, eventID, actor, now) > 0
    }

    private func changeParked(
        _ statement: Statement,
        _ action: AuditEntry.Action,
        _ provider: PaymentProvider?,
        _ eventID: String?,
        _ actor: AuditEntry.Actor?,
        _ now: Timestamp
    ) async throws -> Int {
        try await pool.transaction { transaction in
            let changed = try transaction.query(
                statement,
                .text(provider?.rawValue),
                .text(eventID),
                .timestamp(now.microseconds)
            )
            guard let actor else { return changed.count }
            transaction.audit(
                try changed.map { row in
                    AuditEntry(
                        at: now,
                        actor: actor,
                        action: action,
                        detail: "\(try row.text("provider")) \(try row.text("event_id"))"
                    )
                }
            )
            return changed.count
        }
    }

    private static let listParked: Statement = """
        SELECT provider, event_id, fields ->> 'type' AS type, parked_reason, attempts, received_at FROM webhook_inbox
        WHERE parked_reason IS NOT NULL AND done_at IS NULL AND ($1::text IS NULL OR provider = $1)
            AND ($3::text IS NULL OR (received_at, provider, event_id) >
                (SELECT received_at, provider, event_id FROM webhook_inbox WHERE provider = $2 AND event_id = $3))
        ORDER BY received_at, provider, event_id LIMIT $4
        """

    private static let retry: Statement = """
        UPDATE webhook_inbox SET parked_reason = NULL, attempts = 0, next_attempt_at = $3
        WHERE parked_reason IS NOT NULL AND done_at IS NULL AND ($1::text IS NULL OR provider = $1)
            AND ($2::text IS NULL OR event_id = $2)
        RETURNING provider, event_id
        """

    private static let dismiss: Statement = """
        UPDATE webhook_inbox SET done_at = $3
        WHERE parked_reason IS NOT NULL AND done_at IS NULL AND provider = $1 AND event_id = $2
        RETURNING provider, event_id
        """
}

extension ParkedWebhook {
    init(_ row: Row) throws(DatabaseError) {
        provider = try row.named("provider")
        eventID = try row.text("event_id")
        type = try row.optionalText("type")
        reason = try row.text("parked_reason")
        attempts = Int(try row.int32("attempts"))
        receivedAt = try row.moment("received_at")
    }
}
