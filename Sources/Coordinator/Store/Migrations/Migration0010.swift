/// The audit log's chain has a key, which is not in the database.
enum Migration0010 {
    static let migration = Migration(
        number: 10,
        statements: [
            // Null for what was sealed before there was a key.
            "ALTER TABLE audit_seals ADD COLUMN key_version smallint",
            """
            CREATE TABLE audit_keys (
                version smallint PRIMARY KEY,
                -- Tells the key from another, and nothing more.
                key_check bytea NOT NULL
            )
            """,
            // Coordinators that keep the log's head in a file of theirs, so that a file that is gone is missed.
            """
            CREATE TABLE audit_anchor_places (
                place text PRIMARY KEY,
                begun_at timestamptz NOT NULL
            )
            """,
            // An instance of the version before this one may still run, and seal without a key: what it would seal then
            // waits for one that has the key.
            """
            CREATE FUNCTION audit_seal_needs_key() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.key_version IS NULL AND EXISTS (SELECT FROM audit_keys) THEN RETURN NULL; END IF;
                RETURN NEW;
            END $$
            """,
            """
            CREATE TRIGGER audit_seals_keyed BEFORE INSERT ON audit_seals
            FOR EACH ROW EXECUTE FUNCTION audit_seal_needs_key()
            """,
        ]
    )
}
