/// Settlement of the stores' events by subscription: each event says whose it is, and is held while somebody looks at it.
enum Migration0007 {
    static let migration = Migration(
        number: 7,
        statements: [
            """
            ALTER TABLE webhook_inbox
                -- The store's own id of the subscription; null where the event does not name it.
                ADD COLUMN store_reference text,
                -- Until then nobody takes an event of the same subscription.
                ADD COLUMN held_until timestamptz
            """,
            """
            UPDATE webhook_inbox SET store_reference =
                coalesce(fields ->> 'subscription', fields ->> 'original_transaction', fields ->> 'purchase_token')
            WHERE done_at IS NULL
            """,
            "DROP INDEX webhook_inbox_due",
            // The line in which events wait: by store, the oldest first.
            """
            CREATE INDEX webhook_inbox_line ON webhook_inbox (provider, received_at, event_id, next_attempt_at)
                WHERE done_at IS NULL AND parked_reason IS NULL
            """,
            """
            CREATE INDEX webhook_inbox_held ON webhook_inbox (provider, held_until)
                WHERE done_at IS NULL AND parked_reason IS NULL AND held_until IS NOT NULL
            """,
        ]
    )
}
