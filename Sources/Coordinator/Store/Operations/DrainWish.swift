import Database
import Model

/// What somebody who asks for a drain has said about it; nil where nothing was said.
struct DrainWish: Sendable {
    let linger: Duration?
    let usualLinger: Duration
    let thenRetire: Bool?
}

extension Transaction {
    /// Begins the drain of a node whose row is locked.
    ///
    /// - Parameter node: of `lockNode`.
    func start(
        _ id: OperationID,
        _ wish: DrainWish,
        node: Row,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) throws(DatabaseError) {
        let nodeID: NodeID = try node.identifier("id")
        let linger = wish.linger ?? wish.usualLinger
        enqueue(Self.cordon, .uuid(nodeID.bytes))
        enqueue(
            Self.insertOperation,
            .uuid(id.bytes),
            .text("drain"),
            .uuid(nodeID.bytes),
            .bool(wish.thenRetire ?? false),
            .bool(try !node.bool("cordoned")),
            .int64(linger.components.seconds),
            .text(actor.description),
            .timestamp(now.microseconds)
        )
        enqueue(Self.shortenLingering, .uuid(nodeID.bytes), .timestamp((now + linger).microseconds))
        audit(
            AuditEntry(
                at: now,
                actor: actor,
                action: .operationStarted,
                nodeID: nodeID,
                detail: wish.thenRetire == true ? "drain, then retire" : "drain",
                operationID: id
            )
        )
    }

    /// Gives the open operation of a node whose row is locked what is asked for now; nothing where it has that already.
    func change(
        _ id: OperationID,
        to wish: DrainWish,
        node: Row,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) throws(DatabaseError) {
        let nodeID: NodeID = try node.identifier("id")
        let changed = try query(
            Self.changeDrain,
            .uuid(id.bytes),
            .int64(wish.linger?.components.seconds),
            .int64(wish.usualLinger.components.seconds),
            .bool(wish.thenRetire),
            .bool(try !node.bool("cordoned")),
            .timestamp(now.microseconds)
        )
        guard let row = changed.first else { return }
        let linger = try row.int64("linger_s")
        enqueue(Self.cordon, .uuid(nodeID.bytes))
        enqueue(Self.shortenLingering, .uuid(nodeID.bytes), .timestamp((now + .seconds(linger)).microseconds))
        audit(
            AuditEntry(
                at: now,
                actor: actor,
                action: .operationChanged,
                nodeID: nodeID,
                detail: "drain, \(try row.bool("then_retire") ? "then retire, " : "")lingering for \(linger) s",
                operationID: id
            )
        )
    }

    private static let cordon: Statement = "UPDATE nodes SET cordoned = true WHERE id = $1 AND NOT cordoned"

    private static let insertOperation: Statement = """
        INSERT INTO operations (id, kind, state, node_id, then_retire, made_cordon, linger_s, total, created_by,
            created_at, updated_at)
        VALUES ($1, $2, 'running', $3, $4, $5, $6,
            (SELECT count(*) FROM assignments a
                WHERE a.node_id = $3 AND a.state IN ('installing', 'active') AND a.moves_from IS NULL), $7, $8, $8)
        """

    /// A replacement lets nobody linger, and has made no cordon.
    private static let changeDrain: Statement = """
        UPDATE operations SET kind = 'drain', then_retire = coalesce($4, then_retire), updated_at = $6,
            linger_s = coalesce($2, CASE WHEN kind = 'drain' THEN linger_s ELSE $3 END),
            made_cordon = made_cordon OR kind <> 'drain' AND $5
        WHERE id = $1 AND (kind <> 'drain' OR coalesce($2, linger_s) <> linger_s
            OR coalesce($4, then_retire) <> then_retire)
        RETURNING linger_s, then_retire
        """

    /// Who moved away before the drain is not waited for any longer than who moves by it.
    private static let shortenLingering: Statement = """
        UPDATE assignments SET linger_until = $2 WHERE node_id = $1 AND state = 'lingering' AND linger_until > $2
        """
}
