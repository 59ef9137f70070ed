/// The table's layout. `user_version` counts its changes; the agent reads only layouts that it knows.
enum Schema {
    static let version = 1
    /// "HFPT": tells our file from any other SQLite database.
    static let applicationID = 0x4846_5054

    static let creation = """
        CREATE TABLE peers (
            public_key  BLOB NOT NULL PRIMARY KEY CHECK (length(public_key) = 32),
            allowed_ips BLOB NOT NULL,
            revision    INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE meta (
            id           INTEGER PRIMARY KEY CHECK (id = 1),
            revision     INTEGER NOT NULL,
            content_hash BLOB,
            digest       BLOB NOT NULL,
            network      BLOB
        ) STRICT;
        INSERT INTO meta (id, revision, digest) VALUES (1, 0, zeroblob(32));
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """
}
