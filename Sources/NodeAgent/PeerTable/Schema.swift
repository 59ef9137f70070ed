/// The table's layout. `user_version` counts its changes; the agent reads only layouts that it knows.
///
/// - 1: peers and meta.
/// - 2: the mark of peers that linger. Its moment is not kept: after a restart their time begins anew, since the wall
///   clock may have jumped and the monotonic one began again.
enum Schema {
    static let version = 2
    /// "HFPT": tells our file from any other SQLite database.
    static let applicationID = 0x4846_5054

    static let creation = """
        CREATE TABLE peers (
            public_key  BLOB NOT NULL PRIMARY KEY CHECK (length(public_key) = 32),
            allowed_ips BLOB NOT NULL,
            revision    INTEGER NOT NULL,
            lingering   INTEGER NOT NULL DEFAULT 0
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

    /// What takes each layout to the next, beginning with the first.
    static let migrations = [
        """
        ALTER TABLE peers ADD COLUMN lingering INTEGER NOT NULL DEFAULT 0;
        PRAGMA user_version = 2;
        """
    ]
}
