/// The statements of a `Writer`, prepared once: every change of the table runs them.
final class WriterStatements {
    let find: Statement
    let upsert: Statement
    let delete: Statement
    let update: Statement
    let path: String

    init(_ connection: borrowing Connection) throws(TableError) {
        find = try connection.prepare("SELECT public_key, allowed_ips, lingering FROM peers WHERE public_key = ?1")
        upsert = try connection.prepare(
            """
            INSERT INTO peers (public_key, allowed_ips, revision, lingering) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (public_key) DO UPDATE SET allowed_ips = ?2, revision = ?3, lingering = ?4
            """
        )
        delete = try connection.prepare("DELETE FROM peers WHERE public_key = ?1")
        update = try connection.prepare("UPDATE meta SET revision = ?1, content_hash = ?2, digest = ?3 WHERE id = 1")
        path = connection.path
    }
}
