/// What Stripe has said of a subscription and of its invoices, so that the order in which it came does not matter.
enum Migration0005 {
    static let migration = Migration(
        number: 5,
        statements: [
            """
            -- Null for other stores' subscriptions, and for those that nothing was heard of since this column was made.
            ALTER TABLE subscriptions ADD COLUMN invoicing jsonb
            """
        ]
    )
}
