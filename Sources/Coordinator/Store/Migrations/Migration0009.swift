/// What a node says of itself is judged: its endpoint, the machine that it runs on, how often it renews.
enum Migration0009 {
    static let migration = Migration(
        number: 9,
        statements: [
            """
            ALTER TABLE nodes
                -- An endpoint that the node states and that is not told to clients before an operator has agreed.
                ADD COLUMN endpoint_pending text,
                ADD COLUMN endpoint_changed_at timestamptz,
                -- The machine that the last link came from: its kernel's boot id, and where it dialled from.
                ADD COLUMN machine_boot_id bytea,
                ADD COLUMN machine_address text,
                -- Another machine that asked for the link while the first had it, and when the first was heard after that.
                ADD COLUMN rival_boot_id bytea,
                ADD COLUMN duplicated_at timestamptz,
                ADD COLUMN taken_over_at timestamptz,
                -- Another machine that was refused, until an operator agrees to it.
                ADD COLUMN machine_refused_at timestamptz,
                -- The link that serves for one renewal.
                ADD COLUMN renewal_session uuid,
                ADD COLUMN renewal_at timestamptz,
                ADD COLUMN renewals_refused_at timestamptz,
                -- The newest certificate that was used: what was issued before it is superseded, whether it has a row or not.
                ADD COLUMN certificates_from timestamptz
            """,
            """
            UPDATE nodes n SET certificates_from = c.issued_at
            FROM (SELECT node_id, max(issued_at) AS issued_at FROM node_certificates WHERE used_at IS NOT NULL
                GROUP BY node_id) c
            WHERE c.node_id = n.id
            """,
        ]
    )
}
