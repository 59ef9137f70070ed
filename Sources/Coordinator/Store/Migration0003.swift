/// Billing by more stores: subscriptions that take each other's place, and stores that wait for an acknowledgement.
enum Migration0003 {
    static let migration = Migration(
        number: 3,
        statements: [
            """
            ALTER TABLE subscriptions
                -- The one that took its place, and has its peers, tokens and orders.
                ADD COLUMN superseded_by uuid REFERENCES subscriptions,
                -- The product that the store waits to hear of: what nobody acknowledges, it refunds.
                ADD COLUMN unacknowledged_product text,
                ADD COLUMN unacknowledged_since timestamptz,
                -- How often it was told in vain, and when it is told again.
                ADD COLUMN acknowledge_attempts integer NOT NULL DEFAULT 0,
                ADD COLUMN acknowledge_at timestamptz,
                -- What the App Store has signed of it, in its latest versions.
                ADD COLUMN ledger jsonb,
                ADD CHECK ((unacknowledged_product IS NULL) = (unacknowledged_since IS NULL))
            """,
            """
            CREATE INDEX subscriptions_unacknowledged ON subscriptions (provider, acknowledge_at)
                WHERE unacknowledged_since IS NOT NULL
            """,
        ]
    )
}
