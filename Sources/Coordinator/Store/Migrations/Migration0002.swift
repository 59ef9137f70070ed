/// The fleet: health, moves, operations, the lease, capacity, rollouts, operators, and what an audit entry undoes.
enum Migration0002 {
    static let migration = Migration(
        number: 2,
        statements: [nodes, leases, operations, moves, capacityRequests, rollouts, operators, audit].flatMap { $0 }
    )

    private static let nodes = [
        """
        ALTER TABLE nodes
            -- Judged by the holder of the fleet's lease; 'returning' is heard again, and not yet trusted with peers.
            ADD COLUMN health text NOT NULL DEFAULT 'alive'
                CHECK (health IN ('alive', 'suspect', 'lost', 'returning')),
            ADD COLUMN health_since timestamptz NOT NULL DEFAULT now(),
            -- Grows with each return, and fades: a node that flaps waits longer.
            ADD COLUMN flap_penalty integer NOT NULL DEFAULT 0,
            ADD COLUMN flap_penalty_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
            -- The version that a rollout wants; null leaves the node to its operator.
            ADD COLUMN desired_version text,
            ADD COLUMN peers_in_table integer,
            -- Moved peers that the node still keeps, by its last heartbeat and as of its revision then.
            ADD COLUMN peers_lingering integer,
            ADD COLUMN heartbeat_revision bigint,
            -- In which it was told to beat again; a large fleet is asked less often.
            ADD COLUMN heartbeat_interval_ms integer,
            ADD COLUMN refused_changes bigint NOT NULL DEFAULT 0
        """
    ]

    private static let leases = [
        """
        CREATE TABLE leases (
            name text PRIMARY KEY,
            holder uuid NOT NULL,
            -- Grows with each change of the holder; every write of a job names the epoch that it was given.
            epoch bigint NOT NULL,
            -- By the database's clock.
            taken_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """
    ]

    private static let operations = [
        """
        CREATE TABLE operations (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('drain', 'replace', 'rollback')),
            state text NOT NULL CHECK (state IN
                ('running', 'waiting', 'lingering', 'cancelling', 'done', 'cancelled', 'failed')),
            node_id uuid REFERENCES nodes,
            -- What the operation does when it is done: retire the node (scale-down).
            then_retire boolean NOT NULL DEFAULT false,
            -- Whether the operation cordoned its node, and cancelling lifts that.
            made_cordon boolean NOT NULL DEFAULT false,
            linger_s bigint NOT NULL CHECK (linger_s >= 0),
            -- How many peers were there to move, and how many have been switched.
            total integer NOT NULL DEFAULT 0,
            moved integer NOT NULL DEFAULT 0,
            -- Peers for which no place was found at the last look, and what is missing, for people.
            unplaced integer NOT NULL DEFAULT 0,
            reason text,
            parameters jsonb NOT NULL DEFAULT '{}',
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            ended_at timestamptz
        )
        """,
        "CREATE UNIQUE INDEX operations_open ON operations (node_id) WHERE ended_at IS NULL AND node_id IS NOT NULL",
        "CREATE INDEX operations_recent ON operations (created_at)",
    ]

    private static let moves = [
        """
        ALTER TABLE assignments
            ADD COLUMN moves_from uuid REFERENCES nodes,
            -- The operation that moves it; null for a move that its owner asked for.
            ADD COLUMN operation_id uuid REFERENCES operations,
            ADD COLUMN linger_until timestamptz,
            -- Whether the node may have the peer still, from an earlier stay.
            ADD COLUMN is_return boolean NOT NULL DEFAULT false,
            -- By the database's clock.
            ADD COLUMN switched_at timestamptz
        """,
        """
        CREATE UNIQUE INDEX assignments_place ON assignments (peer_id)
            WHERE state IN ('installing', 'active') AND moves_from IS NULL
        """,
        """
        CREATE UNIQUE INDEX assignments_moving ON assignments (peer_id) WHERE moves_from IS NOT NULL
        """,
        // One index for a peer's assignments and for one of them; a node's are found by their revisions.
        """
        ALTER TABLE assignments DROP CONSTRAINT assignments_pkey, ADD PRIMARY KEY (peer_id, node_id)
        """,
        "DROP INDEX assignments_peer",
        "CREATE INDEX assignments_moves ON assignments (moves_from) WHERE moves_from IS NOT NULL",
        "CREATE INDEX assignments_lingering ON assignments (linger_until) WHERE state = 'lingering'",
        "CREATE INDEX assignments_switched ON assignments (switched_at) WHERE switched_at IS NOT NULL",
        "ALTER TABLE assignments ADD CHECK (moves_from IS NULL OR state = 'installing')",
        "ALTER TABLE assignments ADD CHECK ((state = 'lingering') = (linger_until IS NOT NULL))",
    ]

    private static let capacityRequests = [
        """
        CREATE TABLE capacity_requests (
            id uuid PRIMARY KEY,
            region text NOT NULL,
            state text NOT NULL CHECK (state IN ('proposed', 'asking', 'accepted', 'enrolled', 'expired', 'dismissed')),
            -- For people: why the region needs a node.
            reason text NOT NULL,
            -- The join token that the node carries; it enrols with it and with no other.
            join_token_hash bytea REFERENCES join_tokens,
            node_id uuid REFERENCES nodes,
            attempts integer NOT NULL DEFAULT 0,
            next_attempt_at timestamptz NOT NULL,
            last_error text,
            -- The provider's own name for what it makes.
            provider_reference text,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz
        )
        """,
        "CREATE INDEX capacity_requests_open ON capacity_requests (region) WHERE ended_at IS NULL",
    ]

    private static let rollouts = [
        """
        CREATE TABLE rollouts (
            id uuid PRIMARY KEY,
            version text NOT NULL,
            state text NOT NULL CHECK (state IN ('running', 'halted', 'rolling_back', 'done', 'rolled_back', 'replaced')),
            -- As the operator wrote them: '1', '10%', '50%', '100%'.
            waves text[] NOT NULL,
            wave integer NOT NULL DEFAULT 0,
            wave_began_at timestamptz NOT NULL,
            reason text,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            ended_at timestamptz
        )
        """,
        "CREATE UNIQUE INDEX rollouts_open ON rollouts ((true)) WHERE ended_at IS NULL",
        """
        CREATE TABLE rollout_nodes (
            rollout_id uuid NOT NULL REFERENCES rollouts,
            node_id uuid NOT NULL REFERENCES nodes,
            wave integer NOT NULL,
            -- What it ran before, for the way back.
            previous_version text,
            -- The node's figures before, against which a rise in failures is seen.
            refused_before bigint NOT NULL,
            active_before integer,
            told_at timestamptz,
            passed_at timestamptz,
            PRIMARY KEY (rollout_id, node_id)
        )
        """,
    ]

    private static let operators = [
        """
        CREATE TABLE operator_certificates (
            serial bytea PRIMARY KEY,
            name text NOT NULL,
            role text NOT NULL CHECK (role IN ('viewer', 'support', 'operator')),
            issued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz
        )
        """
    ]

    private static let audit = [
        """
        ALTER TABLE audit_entries
            -- Who, of the actors that have names: the operator.
            ADD COLUMN actor_name text,
            ADD COLUMN operation_id uuid,
            -- Where a peer was before.
            ADD COLUMN from_node_id uuid,
            -- What a setting was and what it became: {"from": …, "to": …}.
            ADD COLUMN change jsonb,
            -- The entry whose inverse this is.
            ADD COLUMN undoes bigint REFERENCES audit_entries
        """,
        "CREATE INDEX audit_entries_node ON audit_entries (node_id, at)",
        "CREATE INDEX audit_entries_peer ON audit_entries (peer_id) WHERE peer_id IS NOT NULL",
        "CREATE INDEX audit_entries_undoes ON audit_entries (undoes) WHERE undoes IS NOT NULL",
        "CREATE INDEX audit_entries_at ON audit_entries (at)",
    ]
}
