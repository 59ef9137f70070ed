import Billing
import Database
import Model

/// What hangs on a subscription, as counts and moments: for whoever asks why it is what it is.
public struct SubscriptionCircumstances: Hashable, Sendable {
    /// An event about it that was not carried out.
    public struct OpenEvent: Hashable, Sendable {
        public let receivedAt: Timestamp
        /// Nil while it is tried again by itself.
        public let parkedReason: String?
        public let attempts: Int
    }

    public let record: SubscriptionRecord
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    public let successor: SubscriptionID?
    /// Since when it is paid for, and has no tier to be used by.
    public let unusableSince: Timestamp?
    /// Since when a peer of it finds no node.
    public let unplacedSince: Timestamp?
    public let peersDueAt: Timestamp?
    public let reconcileAt: Timestamp?
    public let peerCount: Int
    public let frozenCount: Int
    public let tokenCount: Int
    public let openEvents: [OpenEvent]
}

extension Store {
    /// Nil for an unknown id.
    public func circumstances(of id: SubscriptionID, now: Timestamp) async throws -> SubscriptionCircumstances? {
        try await pool.read { transaction in
            guard let record = try Self.subscription(id, in: transaction),
                let row = try transaction.query(
                    Self.circumstances,
                    .uuid(id.bytes),
                    .timestamp(now.microseconds)
                ).first
            else { return nil }
            let events = try transaction.query(
                Self.openEvents,
                .text(record.entitlement.provider.rawValue),
                .text(Self.inboxKey(record.entitlement.provider)),
                .text(record.storeReference)
            )
            return try SubscriptionCircumstances(record, row, events)
        }
    }

    /// The field of an event that names its subscription.
    private static func inboxKey(_ provider: PaymentProvider) -> String {
        switch provider {
        case .stripe: "subscription"
        case .apple: "original_transaction"
        case .google: "purchase_token"
        }
    }

    private static let circumstances: Statement = """
        SELECT created_at, updated_at, superseded_by, unusable_since, unplaced_since, peers_due_at, reconcile_at,
            (SELECT count(*) FROM peers p WHERE p.subscription_id = s.id) AS peers,
            (SELECT count(*) FROM peers p WHERE p.subscription_id = s.id AND p.frozen_at IS NOT NULL) AS frozen,
            (SELECT count(*) FROM subscription_tokens t WHERE t.subscription_id = s.id AND t.revoked_at IS NULL
                AND (t.expires_at IS NULL OR t.expires_at > $2)) AS tokens
        FROM subscriptions s WHERE id = $1
        """

    private static let openEvents: Statement = """
        SELECT received_at, parked_reason, attempts FROM webhook_inbox
        WHERE provider = $1 AND done_at IS NULL AND fields ->> $2 = $3 ORDER BY received_at LIMIT 20
        """
}

extension SubscriptionCircumstances {
    fileprivate init(_ record: SubscriptionRecord, _ row: Row, _ events: QueryResult) throws(DatabaseError) {
        self.record = record
        createdAt = try row.moment("created_at")
        updatedAt = try row.moment("updated_at")
        successor = try row.optionalIdentifier("superseded_by")
        unusableSince = try row.optionalMoment("unusable_since")
        unplacedSince = try row.optionalMoment("unplaced_since")
        peersDueAt = try row.optionalMoment("peers_due_at")
        reconcileAt = try row.optionalMoment("reconcile_at")
        peerCount = Int(try row.int64("peers"))
        frozenCount = Int(try row.int64("frozen"))
        tokenCount = Int(try row.int64("tokens"))
        openEvents = try events.map { row throws(DatabaseError) in
            OpenEvent(
                receivedAt: try row.moment("received_at"),
                parkedReason: try row.optionalText("parked_reason"),
                attempts: Int(try row.int32("attempts"))
            )
        }
    }

    /// What the store knows besides the entitlement.
    public var facts: [EntitlementFact] {
        var facts = [
            EntitlementFact("known since", "\(createdAt)", because: "last written at \(updatedAt)"),
            EntitlementFact("peers", "\(peerCount - frozenCount) on nodes, \(frozenCount) frozen"),
            EntitlementFact("tokens", "\(tokenCount)", because: tokenCount == 0 ? "nobody has claimed it" : "good now"),
        ]
        if let successor { facts.append(EntitlementFact("place taken by", "\(successor)")) }
        if let unusableSince {
            facts.append(
                EntitlementFact("unusable since", "\(unusableSince)", because: "no tier that the settings have")
            )
        }
        if let unplacedSince {
            facts.append(EntitlementFact("unplaced since", "\(unplacedSince)", because: "no node has room for a peer"))
        }
        if let peersDueAt { facts.append(EntitlementFact("peers looked at", "\(peersDueAt)")) }
        if let reconcileAt {
            facts.append(EntitlementFact("provider asked", "\(reconcileAt)", because: "if it can be"))
        }
        facts += openEvents.map { event in
            EntitlementFact(
                event.parkedReason == nil ? "event waits" : "event set aside",
                "since \(event.receivedAt)",
                because: event.parkedReason ?? "tried \(event.attempts) times"
            )
        }
        return facts
    }
}
