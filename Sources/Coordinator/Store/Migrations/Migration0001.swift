/// The first schema. Immutable once released: later changes are migrations of their own.
enum Migration0001 {
    static let migration = Migration(
        number: 1,
        statements: [
            nodes, joinTokens, nodeCertificates, subscriptions, orders, subscriptionTokens, webhookInbox, addresses,
            peers,
            assignments, idempotencyKeys, auditEntries,
        ].flatMap { $0 }
    )

    private static let nodes = [
        """
        CREATE TABLE nodes (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            region text NOT NULL,
            wireguard_public_key bytea NOT NULL UNIQUE CHECK (octet_length(wireguard_public_key) = 32),
            endpoint text NOT NULL,
            capacity integer NOT NULL CHECK (capacity >= 0),
            cordoned boolean NOT NULL DEFAULT false,
            retired_at timestamptz,
            enrolled_at timestamptz NOT NULL,
            -- The revision last taken; the row is locked from taking one until commit.
            revision bigint NOT NULL DEFAULT 0,
            -- What the node last acknowledged, and the digest of its table then.
            applied_revision bigint NOT NULL DEFAULT 0,
            applied_digest bytea NOT NULL,
            -- Assignments that count against the capacity: all but those that are being removed.
            peer_count integer NOT NULL DEFAULT 0 CHECK (peer_count >= 0),
            allow_mass_removal boolean NOT NULL DEFAULT false,
            -- The link: which instance holds it, in which session, and when it last heard the node.
            link_instance uuid,
            link_session uuid,
            heard_at timestamptz,
            agent_version text,
            -- The last heartbeat, as counts and totals of the whole node.
            peers_in_kernel integer,
            peers_recently_active integer,
            drift_repaired bigint,
            cpu_busy_permille integer,
            load_permille integer,
            memory_total_bytes bigint,
            memory_available_bytes bigint,
            received_bytes bigint,
            sent_bytes bigint,
            clock_skew_ms bigint
        )
        """,
        "CREATE INDEX nodes_region ON nodes (region) WHERE retired_at IS NULL",
    ]

    private static let joinTokens = [
        """
        CREATE TABLE join_tokens (
            secret_hash bytea PRIMARY KEY,
            pepper_version smallint NOT NULL,
            region text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            redeemed_at timestamptz,
            -- Set together: a retry with the same key gets the same node again.
            redeemed_by bytea,
            node_id uuid REFERENCES nodes
        )
        """
    ]

    private static let nodeCertificates = [
        """
        CREATE TABLE node_certificates (
            serial bytea PRIMARY KEY,
            node_id uuid NOT NULL REFERENCES nodes,
            issued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            -- A serial is good until a newer one of the same node has been used.
            used_at timestamptz,
            superseded_at timestamptz
        )
        """,
        "CREATE INDEX node_certificates_node ON node_certificates (node_id)",
    ]

    private static let subscriptions = [
        """
        CREATE TABLE subscriptions (
            id uuid PRIMARY KEY,
            provider text NOT NULL,
            environment text NOT NULL,
            -- The store's own id of the subscription.
            store_reference text NOT NULL,
            tier text,
            state text NOT NULL,
            access_until timestamptz,
            paid_through timestamptz,
            auto_renew boolean NOT NULL DEFAULT true,
            -- When the store made the event that was applied last; best effort order where nothing can be fetched.
            event_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            UNIQUE (provider, environment, store_reference)
        )
        """
    ]

    private static let orders = [
        """
        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            -- SHA-256 of the secret that only the app knows.
            claim_hash bytea NOT NULL UNIQUE CHECK (octet_length(claim_hash) = 32),
            tier text NOT NULL,
            subscription_id uuid REFERENCES subscriptions,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """
    ]

    private static let subscriptionTokens = [
        """
        CREATE TABLE subscription_tokens (
            token_hash bytea PRIMARY KEY,
            pepper_version smallint NOT NULL,
            subscription_id uuid NOT NULL REFERENCES subscriptions,
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            revoked_at timestamptz
        )
        """,
        "CREATE INDEX subscription_tokens_subscription ON subscription_tokens (subscription_id)",
    ]

    private static let webhookInbox = [
        """
        CREATE TABLE webhook_inbox (
            provider text NOT NULL,
            event_id text NOT NULL,
            -- The allow-listed fields only, never the body.
            fields jsonb NOT NULL,
            received_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            next_attempt_at timestamptz NOT NULL,
            done_at timestamptz,
            parked_reason text,
            PRIMARY KEY (provider, event_id)
        )
        """,
        """
        CREATE INDEX webhook_inbox_due ON webhook_inbox (next_attempt_at)
            WHERE done_at IS NULL AND parked_reason IS NULL
        """,
    ]

    private static let addresses = [
        // An index stands for one IPv4 and one IPv6 address of the pool; 0 is the network, 1 the nodes' own.
        "CREATE SEQUENCE address_indexes AS bigint MINVALUE 2 START 2",
        "CREATE TABLE free_addresses (address_index bigint PRIMARY KEY, freed_at timestamptz NOT NULL)",
        "CREATE INDEX free_addresses_oldest ON free_addresses (freed_at)",
    ]

    private static let peers = [
        """
        CREATE TABLE peers (
            id uuid PRIMARY KEY,
            subscription_id uuid NOT NULL REFERENCES subscriptions,
            public_key bytea NOT NULL CONSTRAINT peers_public_key_unique UNIQUE CHECK (octet_length(public_key) = 32),
            address_index bigint NOT NULL UNIQUE,
            region text NOT NULL,
            created_at timestamptz NOT NULL
        )
        """,
        "CREATE INDEX peers_subscription ON peers (subscription_id)",
    ]

    private static let assignments = [
        // No foreign key to peers: what is being removed outlives its peer until the node has let it go.
        """
        CREATE TABLE assignments (
            node_id uuid NOT NULL REFERENCES nodes,
            peer_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('installing', 'active', 'lingering', 'removing')),
            revision bigint NOT NULL,
            public_key bytea NOT NULL,
            address_index bigint NOT NULL,
            refused_reason text,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (node_id, peer_id)
        )
        """,
        "CREATE INDEX assignments_revision ON assignments (node_id, revision)",
        "CREATE INDEX assignments_peer ON assignments (peer_id)",
    ]

    private static let idempotencyKeys = [
        """
        CREATE TABLE idempotency_keys (
            subscription_id uuid NOT NULL REFERENCES subscriptions,
            key text NOT NULL,
            request_hash bytea NOT NULL,
            peer_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (subscription_id, key)
        )
        """
    ]

    private static let auditEntries = [
        // Written in the transaction of what it tells; chained a moment later, in order, by the one that seals.
        """
        CREATE TABLE audit_entries (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL,
            actor text NOT NULL,
            action text NOT NULL,
            node_id uuid,
            peer_id uuid,
            subscription_id uuid,
            revision bigint,
            detail text
        )
        """,
        """
        CREATE TABLE audit_seals (
            position bigint PRIMARY KEY,
            entry_id bigint NOT NULL UNIQUE REFERENCES audit_entries,
            hash bytea NOT NULL
        )
        """,
    ]
}
