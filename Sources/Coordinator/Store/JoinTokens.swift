import Cryptography
import Database
import LinkProtocol
import Model

extension Store {
    private static let hashContext = "join-token"

    /// Makes a token that enrols one node, once, until it expires.
    ///
    /// - Parameter authorityPin: `CertificateAuthority.pin`.
    public func createJoinToken(
        region: RegionName,
        authorityPin: [UInt8],
        lifetime: Duration,
        pepper: Pepper,
        by actor: AuditEntry.Actor = .console,
        now: Timestamp
    ) async throws -> JoinToken {
        let token = JoinToken.generate(region: region, authorityPin: authorityPin)
        let hash = pepper.hash(token.secret.reveal(), context: Self.hashContext)
        try await pool.transaction { transaction in
            transaction.enqueue(
                """
                INSERT INTO join_tokens (secret_hash, pepper_version, region, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5)
                """,
                .bytes(hash),
                .int16(pepper.version),
                .text(region.text),
                .timestamp(now.microseconds),
                .timestamp((now + lifetime).microseconds)
            )
            transaction.audit(
                AuditEntry(at: now, actor: actor, action: .joinTokenCreated, detail: "region \(region)")
            )
        }
        return token
    }

    /// Trades a token for a node, in one transaction: the node, its certificate, the audit entry.
    ///
    /// A retry with the same keys gets the same node with a new certificate, so an answer that was lost costs nothing.
    ///
    /// - Parameter issue: signs the certificate of the node; called within the transaction, possibly again.
    /// - Throws: `EnrolmentRefusal`, `DatabaseError`, and what `issue` throws.
    public func redeemJoinToken(
        _ enrolment: NodeEnrolment,
        pepper: Pepper,
        now: Timestamp,
        issue: @escaping @Sendable (NodeID) throws -> (record: NodeCertificateRecord, der: [UInt8])
    ) async throws -> EnrolledNode {
        let hash = pepper.hash(enrolment.joinSecret.reveal(), context: Self.hashContext)
        let newID = NodeID.random()
        do {
            return try await pool.transaction { transaction in
                let token = try transaction.query(Self.lockToken, .bytes(hash))
                guard let token = token.first, let region = RegionName(try token.text("region")) else {
                    throw EnrolmentRefusal.unknownToken
                }
                let node: NodeID
                if let earlier: NodeID = try token.optionalIdentifier("node_id") {
                    try Self.checkRetry(of: enrolment, token)
                    node = earlier
                } else {
                    guard try token.moment("expires_at") > now else { throw EnrolmentRefusal.expiredToken }
                    try Self.insert(newID, enrolment, region, tokenHash: hash, now: now, in: transaction)
                    node = newID
                }
                let (record, der) = try issue(node)
                transaction.addCertificate(record, of: node)
                return EnrolledNode(nodeID: node, region: region, certificate: der)
            }
        } catch DatabaseError.uniqueViolation(constraint: "nodes_wireguard_public_key_key") {
            throw EnrolmentRefusal.wireGuardKeyInUse
        }
    }

    private static func checkRetry(of enrolment: NodeEnrolment, _ token: Row) throws {
        guard ConstantTime.areEqual(try token.bytes("redeemed_by"), SHA256.hash(enrolment.keys)) else {
            throw EnrolmentRefusal.usedToken
        }
        guard try token.isNull("retired_at") else { throw EnrolmentRefusal.retired }
    }

    private static func insert(
        _ node: NodeID,
        _ enrolment: NodeEnrolment,
        _ region: RegionName,
        tokenHash: [UInt8],
        now: Timestamp,
        in transaction: Transaction
    ) throws {
        // Names are few and chosen by people: one enrolment at a time looks whether its own is free.
        _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtext('holdfast node names'))")
        let namesakes = try transaction.query(
            "SELECT FROM nodes WHERE name = $1 AND retired_at IS NULL",
            .text(enrolment.name)
        )
        guard namesakes.isEmpty else { throw EnrolmentRefusal.nameInUse }
        transaction.enqueue(
            insertNode,
            .uuid(node.bytes),
            .text(enrolment.name),
            .text(region.text),
            .bytes(enrolment.wireguardPublicKey.bytes),
            .text(enrolment.endpoint.description),
            .int32(enrolment.capacity),
            .timestamp(now.microseconds),
            .bytes(TableDigest.empty.bytes),
            .text(enrolment.agentVersion.forStorage)
        )
        transaction.enqueue(
            "UPDATE join_tokens SET redeemed_at = $2, redeemed_by = $3, node_id = $4 WHERE secret_hash = $1",
            .bytes(tokenHash),
            .timestamp(now.microseconds),
            .bytes(SHA256.hash(enrolment.keys)),
            .uuid(node.bytes)
        )
        transaction.audit(AuditEntry(at: now, actor: .node, action: .nodeEnrolled, nodeID: node))
    }

    private static let lockToken: Statement = """
        SELECT t.region, t.expires_at, t.redeemed_by, t.node_id, n.retired_at
        FROM join_tokens t LEFT JOIN nodes n ON n.id = t.node_id WHERE t.secret_hash = $1 FOR UPDATE OF t
        """

    private static let insertNode: Statement = """
        INSERT INTO nodes (id, name, region, wireguard_public_key, endpoint, capacity, enrolled_at, applied_digest,
            agent_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """
}
