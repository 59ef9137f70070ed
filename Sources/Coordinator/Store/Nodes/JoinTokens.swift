import Cryptography
import Database
import LinkProtocol
import Model

extension Store {
    /// What is stored of a token.
    static func hash(_ secret: Secret<[UInt8]>, _ pepper: Pepper) -> [UInt8] {
        pepper.hash(secret.reveal(), context: "join-token")
    }

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
    ) async throws -> MadeJoinToken {
        let token = JoinToken.generate(region: region, authorityPin: authorityPin)
        return MadeJoinToken(
            token: token,
            expiresAt: try await insert(token, lifetime: lifetime, pepper: pepper, by: actor, now: now).expiresAt
        )
    }

    /// As `createJoinToken`, and whoever repeats the request with the same key gets the same token: its secret is a
    /// keyed hash of the operator and the key, so that nothing has to be kept for the repetition.
    ///
    /// - Returns: nil where the key was used for another region or lifetime.
    public func createJoinToken(
        repeatable key: String,
        region: RegionName,
        authorityPin: [UInt8],
        lifetime: Duration,
        pepper: Pepper,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> MadeJoinToken? {
        let secret = pepper.hash(Array("\(actor)\n\(key)".utf8), context: "join-token of an idempotency key")
        let token = JoinToken(region: region, authorityPin: authorityPin, secret: Secret(secret))
        let stored = try await insert(token, lifetime: lifetime, pepper: pepper, by: actor, now: now)
        // Of one that was revoked since, the lifetime is not known any more. It enrols nobody, and is told again.
        let isRevoked = stored.expiresAt <= now && stored.lifetime < lifetime
        return stored.region == region && (stored.lifetime == lifetime || isRevoked)
            ? MadeJoinToken(token: token, expiresAt: stored.expiresAt) : nil
    }

    /// - Returns: what is stored of the token that has this secret.
    private func insert(
        _ token: JoinToken,
        lifetime: Duration,
        pepper: Pepper,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> (region: RegionName, lifetime: Duration, expiresAt: Timestamp) {
        let hash = Self.hash(token.secret, pepper)
        return try await pool.transaction { transaction in
            let made = try transaction.execute(
                Self.insertJoinToken,
                .bytes(hash),
                .int16(pepper.version),
                .text(token.region.text),
                .timestamp(now.microseconds),
                .timestamp((now + lifetime).microseconds)
            )
            guard made == 1 else {
                let stored = try transaction.query(
                    "SELECT region, created_at, expires_at FROM join_tokens WHERE secret_hash = $1",
                    .bytes(hash)
                )[0]
                let expiresAt = try stored.moment("expires_at")
                return (try stored.region("region"), expiresAt - (try stored.moment("created_at")), expiresAt)
            }
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .joinTokenCreated,
                    detail: "region \(token.region)",
                    // By which the entry can be undone; it says nothing about the secret.
                    change: #"{"from": {}, "to": {"join_token": "\#(JoinTokenRecord.identifier(hash))"}}"#
                )
            )
            return (token.region, lifetime, now + lifetime)
        }
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
        let hash = Self.hash(enrolment.joinSecret, pepper)
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

    /// Looks whether the secret is that of a token that may still be redeemed, by one read; `redeemJoinToken` judges again.
    ///
    /// - Throws: `EnrolmentRefusal`, or `DatabaseError`.
    public func checkJoinToken(_ secret: Secret<[UInt8]>, pepper: Pepper, now: Timestamp) async throws {
        let statement = Self.findToken.with(.bytes(Self.hash(secret, pepper)))
        let refusal: EnrolmentRefusal? = try await pool.query(statement) { rows in
            guard let row = rows.first else { return .unknownToken }
            return try row.isNull("redeemed_at") && row.moment("expires_at") <= now ? .expiredToken : nil
        }
        if let refusal { throw refusal }
    }

    private static let findToken: Statement = "SELECT expires_at, redeemed_at FROM join_tokens WHERE secret_hash = $1"

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

    static let insertJoinToken: Statement = """
        INSERT INTO join_tokens (secret_hash, pepper_version, region, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (secret_hash) DO NOTHING
        """

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
