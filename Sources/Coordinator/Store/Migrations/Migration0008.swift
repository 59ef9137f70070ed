/// Answers that are given again: of customers' and operators' requests; and what became of an order that nobody paid.
enum Migration0008 {
    static let migration = Migration(
        number: 8,
        statements: [
            """
            ALTER TABLE idempotency_keys
                -- Null for a request that is about no peer.
                ALTER COLUMN peer_id DROP NOT NULL,
                -- Of a move: the node that had the peer when the request came first.
                ADD COLUMN origin_node_id uuid,
                -- Of a token: what it is derived from, with the pepper of this version and what its owner showed. The
                -- token itself is nowhere.
                ADD COLUMN seed bytea,
                ADD COLUMN pepper_version smallint,
                -- The first answer: null until it was given, and for ever where it holds a token.
                ADD COLUMN status smallint,
                ADD COLUMN answer bytea,
                ADD COLUMN location text
            """,
            "CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)",
            """
            CREATE TABLE operator_requests (
                operator text NOT NULL,
                key text NOT NULL,
                request_hash bytea NOT NULL,
                -- When it was begun, by whom it was begun last: one that was never answered is begun again.
                begun_at timestamptz NOT NULL,
                status smallint,
                answer bytea,
                location text,
                PRIMARY KEY (operator, key)
            )
            """,
            "CREATE INDEX operator_requests_age ON operator_requests (begun_at)",
            // What the provider said of an order's checkout is in the inbox already.
            """
            CREATE INDEX webhook_inbox_claim_hash ON webhook_inbox (lower(fields ->> 'claim_hash'))
                WHERE fields ->> 'claim_hash' IS NOT NULL
            """,
        ]
    )
}
