import Cryptography
import Database

/// The database and the key outside it belong together from the first start on.
extension Store {
    /// Finds the keys, or has them made, and notes that the log is sealed by them from here on.
    ///
    /// Coordinators that start at once take turns: only the first may make a key.
    /// - Parameter find: gets whether a key may be made, and where the chain stands, nil at its start.
    /// - Throws: `AuditKeyError`, and what `find` throws.
    public func bindAuditKeys(
        _ find: @escaping @Sendable (_ mayMake: Bool, _ head: AuditKeys.Mark?) throws -> AuditKeys
    ) async throws -> AuditKeys {
        let outcome: Result<AuditKeys, any Error> = try await pool.transaction { transaction in
            _ = try transaction.query(Self.sealLock)
            let known = try transaction.query("SELECT version, key_check FROM audit_keys")
            let last = try transaction.query(Self.lastSeal).first
            let head = try last.map { AuditKeys.Mark(position: try $0.int64("position"), hash: try $0.bytes("hash")) }
            let lastVersion = try last?.optionalInt16("key_version")
            let isKeyed = !known.isEmpty || lastVersion != nil
            let keys: AuditKeys
            do {
                keys = try find(!isKeyed, head)
                guard isKeyed || keys.unkeyedPart == head else { throw AuditKeyError.unkeyedPartDiffers }
                if let lastVersion, keys.all[lastVersion] == nil { throw AuditKeyError.unknown(version: lastVersion) }
                for row in known {
                    let version = try row.int16("version")
                    guard let key = keys.all[version] else { throw AuditKeyError.unknown(version: version) }
                    guard try row.bytes("key_check") == key.check else { throw AuditKeyError.another(version: version) }
                }
            } catch {
                return .failure(error)
            }
            let ordered = keys.all.values.sorted { $0.version < $1.version }
            transaction.enqueue(
                """
                INSERT INTO audit_keys (version, key_check) SELECT * FROM unnest($1::smallint[], $2::bytea[])
                ON CONFLICT DO NOTHING
                """,
                .int16Array(ordered.map(\.version)),
                .bytesArray(ordered.map(\.check))
            )
            return .success(keys)
        }
        return try outcome.get()
    }
}
