/// What a subscription's products give besides the tier, and how long a paid one has been of no use.
enum Migration0006 {
    static let migration = Migration(
        number: 6,
        statements: [
            """
            ALTER TABLE subscriptions
                -- The provider's names of what was bought; null until they were named.
                ADD COLUMN products text[],
                -- Peers that add-ons add to the tier's limit.
                ADD COLUMN extra_peers integer NOT NULL DEFAULT 0 CHECK (extra_peers >= 0),
                -- What an operator has to mend about the products, for people.
                ADD COLUMN product_problem text,
                -- A tier that was paid and begins later.
                ADD COLUMN next_tier text,
                ADD COLUMN next_tier_at timestamptz,
                -- Since when it gives access, and no tier to use it by.
                ADD COLUMN unusable_since timestamptz,
                -- Since when a peer that it may have finds no node.
                ADD COLUMN unplaced_since timestamptz,
                ADD CHECK ((next_tier IS NULL) = (next_tier_at IS NULL))
            """,
            """
            UPDATE subscriptions SET unusable_since = now() WHERE state IN ('active', 'grace') AND tier IS NULL
            """,
            """
            CREATE INDEX subscriptions_next_tier ON subscriptions (next_tier_at) WHERE next_tier_at IS NOT NULL
            """,
            """
            CREATE INDEX subscriptions_unusable ON subscriptions (unusable_since) WHERE unusable_since IS NOT NULL
            """,
            """
            CREATE INDEX subscriptions_unplaced ON subscriptions (unplaced_since) WHERE unplaced_since IS NOT NULL
            """,
            """
            CREATE INDEX subscriptions_by_world ON subscriptions (environment, access_until)
                WHERE state IN ('active', 'grace')
            """,
            """
            CREATE INDEX subscriptions_product_problem ON subscriptions (provider) WHERE product_problem IS NOT NULL
            """,
        ]
    )
}
