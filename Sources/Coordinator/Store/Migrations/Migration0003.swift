/// Billing by more stores: subscriptions that take each other's place, stores that wait for an acknowledgement, and peers
/// that are frozen while their subscription gives no access.
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
                -- Its customer had everything erased but the store's reference.
                ADD COLUMN erased_at timestamptz,
                -- When the store is asked of it anew.
                ADD COLUMN reconcile_at timestamptz DEFAULT now(),
                -- When its peers are to be looked at: what it may use has changed, or changes then by itself.
                ADD COLUMN peers_due_at timestamptz DEFAULT now(),
                ADD CHECK ((unacknowledged_product IS NULL) = (unacknowledged_since IS NULL))
            """,
            """
            CREATE INDEX subscriptions_unacknowledged ON subscriptions (provider, acknowledge_at)
                WHERE unacknowledged_since IS NOT NULL
            """,
            """
            CREATE INDEX webhook_inbox_parked ON webhook_inbox (received_at)
                WHERE parked_reason IS NOT NULL AND done_at IS NULL
            """,
            "CREATE INDEX webhook_inbox_done ON webhook_inbox (done_at) WHERE done_at IS NOT NULL",
            "ALTER TABLE subscriptions ALTER COLUMN peers_due_at DROP DEFAULT, ALTER COLUMN reconcile_at DROP DEFAULT",
            """
            CREATE INDEX subscriptions_reconcile ON subscriptions (provider, environment, reconcile_at)
                WHERE reconcile_at IS NOT NULL
            """,
            """
            CREATE TABLE reconciliation_marks (
                provider text NOT NULL,
                environment text NOT NULL,
                -- Until when the store's own list of what did not get through was read.
                read_until timestamptz NOT NULL,
                PRIMARY KEY (provider, environment)
            )
            """,
            "CREATE INDEX subscriptions_peers_due ON subscriptions (peers_due_at) WHERE peers_due_at IS NOT NULL",
            """
            ALTER TABLE peers
                -- On no node while it is set; the row keeps its addresses.
                ADD COLUMN frozen_at timestamptz,
                -- The node that had it then, and takes it back if it can: its client's configuration stays good.
                ADD COLUMN frozen_from uuid REFERENCES nodes,
                ADD CHECK (frozen_from IS NULL OR frozen_at IS NOT NULL)
            """,
            "CREATE INDEX peers_frozen ON peers (frozen_at) WHERE frozen_at IS NOT NULL",
        ]
    )
}
