/// What a version of the agent is measured by: the conditions that its nodes had before.
enum Migration0012 {
    static let migration = Migration(
        number: 12,
        statements: [
            """
            ALTER TABLE rollout_nodes
                -- The kinds of conditions that the node had when it was told.
                ADD COLUMN conditions_before text[] NOT NULL DEFAULT '{}'
            """
        ]
    )
}
