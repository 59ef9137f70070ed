import Billing
import Database
import Model

/// Records a store's events, and lets those that come at the same time share a transaction, so that the disk is flushed
/// once for many.
public struct WebhookRecorder: Sendable {
    struct Event: Sendable {
        let id: String
        let fields: String
        let storeReference: String?
        let now: Timestamp
    }

    private let calls: SharedCalls<Event, Result<InboxRecording, DatabaseError>>

    public init(store: Store, provider: PaymentProvider) {
        // Of two deliveries of one event the second is the duplicate.
        calls = SharedCalls(limit: 128, keepsApart: { $0.id }) { batch in
            try await store.recordWebhooks(provider, batch)
        }
    }

    /// Records an event; it is committed when this returns, so that the store may be told so.
    ///
    /// - Parameters:
    ///   - id: the store's own of the event, the same each time it is delivered.
    ///   - fields: the allow-listed fields as a JSON object, never the body.
    ///   - storeReference: the store's own id of the subscription; nil where the event does not name it.
    /// - Throws: `DatabaseError`.
    public func record(
        _ id: String,
        fields: String,
        storeReference: String? = nil,
        now: Timestamp
    ) async throws -> InboxRecording {
        let event = Event(id: id, fields: fields, storeReference: storeReference, now: now)
        return try await calls.call(event).get()
    }
}

extension Store {
    /// - Parameter events: no two with the same id.
    /// - Returns: an answer for each, in order.
    fileprivate func recordWebhooks(
        _ provider: PaymentProvider,
        _ events: [WebhookRecorder.Event]
    ) async throws -> [Result<InboxRecording, DatabaseError>] {
        do {
            let new = try await pool.transaction { transaction in
                try Self.insert(events, provider, in: transaction)
            }
            return events.map { .success(new.contains($0.id) ? .new : .duplicate) }
        } catch DatabaseError.parameter, DatabaseError.statement {
            // One of them holds what the database cannot, such as a NUL. It must not cost the others their places.
            return try await recordSeverally(provider, events)
        }
    }

    private func recordSeverally(
        _ provider: PaymentProvider,
        _ events: [WebhookRecorder.Event]
    ) async throws -> [Result<InboxRecording, DatabaseError>] {
        var answers: [Result<InboxRecording, DatabaseError>] = []
        for event in events {
            do {
                let new = try await pool.transaction { transaction in
                    try Self.insert([event], provider, in: transaction)
                }
                answers.append(.success(new.isEmpty ? .duplicate : .new))
            } catch DatabaseError.cancelled where answers.isEmpty {
                // Nothing was done: whoever waits goes on without the one who was cancelled.
                throw DatabaseError.cancelled
            } catch let error as DatabaseError {
                answers.append(.failure(error))
            }
        }
        return answers
    }

    /// - Returns: the ids of those that were not there before.
    static func insert(
        _ events: [WebhookRecorder.Event],
        _ provider: PaymentProvider,
        in transaction: Transaction
    ) throws(DatabaseError) -> Set<String> {
        let rows = try transaction.query(
            // In one order, so that two instances with the same events wait for each other and not in a circle.
            """
            INSERT INTO webhook_inbox (provider, event_id, fields, received_at, next_attempt_at, store_reference)
            SELECT $1, e.id, e.fields::jsonb, e.at, e.at, e.reference
            FROM unnest($2, $3, $4, $5::text[]) AS e (id, fields, at, reference) ORDER BY e.id
            ON CONFLICT DO NOTHING RETURNING event_id
            """,
            .text(provider.rawValue),
            .textArray(events.map(\.id)),
            .textArray(events.map(\.fields)),
            .timestampArray(events.map { $0.now.microseconds }),
            .textArray(events.map(\.storeReference))
        )
        var new: Set<String> = []
        for row in rows { new.insert(try row.text("event_id")) }
        return new
    }
}
