/// Nodes that cannot do their work: what they say, what they refuse, and what operators were told of it.
enum Migration0011 {
    static let migration = Migration(
        number: 11,
        statements: [
            """
            ALTER TABLE nodes
                -- Why the node cannot do its work, by its last heartbeat: a kind and one line for each.
                ADD COLUMN condition_kinds text[] NOT NULL DEFAULT '{}',
                ADD COLUMN condition_details text[] NOT NULL DEFAULT '{}',
                -- Since when it has had one without a break.
                ADD COLUMN conditions_since timestamptz,
                -- Since when it takes no change; null again with its next acknowledgement.
                ADD COLUMN refusing_since timestamptz,
                ADD COLUMN refusing_reason text,
                -- The last refusal that the audit log tells of, and how many there were since.
                ADD COLUMN refusal_told_at timestamptz,
                ADD COLUMN refusal_told_reason text,
                ADD COLUMN refusals_untold bigint NOT NULL DEFAULT 0,
                -- Counts each time that the reasons changed.
                ADD COLUMN trouble_changes bigint NOT NULL DEFAULT 0,
                -- What the audit log says of the reasons. The penalty grows with each entry, and fades: a node whose
                -- reasons come and go is told of less and less often.
                ADD COLUMN told_reasons text[] NOT NULL DEFAULT '{}',
                ADD COLUMN told_changes bigint NOT NULL DEFAULT 0,
                ADD COLUMN told_penalty integer NOT NULL DEFAULT 0,
                ADD COLUMN told_at timestamptz NOT NULL DEFAULT now(),
                ADD COLUMN ipv6_unavailable boolean NOT NULL DEFAULT false,
                ADD COLUMN state_disk_free_bytes bigint,
                ADD CHECK (cardinality(condition_kinds) = cardinality(condition_details)),
                ADD CHECK ((cardinality(condition_kinds) = 0) = (conditions_since IS NULL))
            """
        ]
    )
}
