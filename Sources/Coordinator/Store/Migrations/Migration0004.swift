/// Storage: the buckets of subscriptions on the object store.
enum Migration0004 {
    static let migration = Migration(
        number: 4,
        statements: [
            """
            CREATE TABLE buckets (
                name text PRIMARY KEY,
                -- Null once the bucket is to be deleted: it is nobody's then, and its subscription may get another.
                subscription_id uuid UNIQUE REFERENCES subscriptions,
                created_at timestamptz NOT NULL,
                -- Null until the object store has said that it has the bucket.
                made_at timestamptz,
                -- Since when its subscription is known to be over: from here on it is kept for a while.
                ended_at timestamptz,
                -- Set once and for ever.
                deletion_at timestamptz,
                -- Of the present task, making or deleting, without success.
                attempts integer NOT NULL DEFAULT 0,
                next_attempt_at timestamptz NOT NULL,
                last_error text,
                CHECK ((subscription_id IS NULL) = (deletion_at IS NOT NULL))
            )
            """,
            """
            CREATE INDEX buckets_due ON buckets (next_attempt_at) WHERE made_at IS NULL OR deletion_at IS NOT NULL
            """,
            "CREATE INDEX buckets_ended ON buckets (ended_at) WHERE ended_at IS NOT NULL AND deletion_at IS NULL",
        ]
    )
}
