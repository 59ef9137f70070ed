import Database
import Model

/// What is known of an operator's request with an `Idempotency-Key`.
public enum OperatorRequest: Hashable, Sendable {
    /// Nobody has carried it out and answered it: the caller is to do so.
    case begun
    case answered(StoredAnswer)
    /// It is being carried out elsewhere.
    case isUnderWay
    /// The key stands for another request.
    case isAnother
}

/// Requests of operators that may come twice. Rows live for a day (`forgetWhatIsOver`).
extension Store {
    /// Begins a request, unless it was begun before.
    ///
    /// - Parameter limit: after so long nobody is at it any more: a request that was begun and never answered is begun
    ///   again, since whoever repeats it still waits for its effect.
    public func beginRequest(
        _ key: IdempotencyKey,
        of name: OperatorName,
        limit: Duration,
        now: Timestamp
    ) async throws -> OperatorRequest {
        try await pool.transaction { transaction in
            let begun = try transaction.query(
                Self.beginOperatorRequest,
                .text(name.text),
                .text(key.key),
                .bytes(key.requestHash),
                .timestamp(now.microseconds),
                .timestamp((now - limit).microseconds)
            )
            guard begun.isEmpty else { return .begun }
            let rows = try transaction.query(Self.findOperatorRequest, .text(name.text), .text(key.key))
            guard let row = rows.first, try row.bytes("request_hash") == key.requestHash else { return .isAnother }
            return try StoredAnswer(row).map { .answered($0) } ?? .isUnderWay
        }
    }

    /// Keeps the answer to a request that was begun, or, without one, frees its key: a request that was refused has
    /// changed nothing.
    public func endRequest(
        _ key: IdempotencyKey,
        of name: OperatorName,
        answer: StoredAnswer?,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            guard let answer else {
                return transaction.enqueue(Self.forgetOperatorRequest, .text(name.text), .text(key.key))
            }
            transaction.enqueue(
                Self.keepOperatorAnswer,
                .text(name.text),
                .text(key.key),
                .int16(Int16(answer.status)),
                .bytes(answer.body),
                .text(answer.location)
            )
        }
    }

    private static let beginOperatorRequest: Statement = """
        INSERT INTO operator_requests AS r (operator, key, request_hash, begun_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (operator, key) DO UPDATE SET begun_at = EXCLUDED.begun_at
            WHERE r.status IS NULL AND r.request_hash = EXCLUDED.request_hash AND r.begun_at < $5
        RETURNING key
        """

    private static let findOperatorRequest: Statement = """
        SELECT request_hash, status, answer, location FROM operator_requests WHERE operator = $1 AND key = $2
        """

    private static let keepOperatorAnswer: Statement = """
        UPDATE operator_requests SET status = $3, answer = $4, location = $5
        WHERE operator = $1 AND key = $2 AND status IS NULL
        """

    private static let forgetOperatorRequest: Statement =
        "DELETE FROM operator_requests WHERE operator = $1 AND key = $2 AND status IS NULL"
}
