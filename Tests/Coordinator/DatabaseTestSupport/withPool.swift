import Database

/// Runs the body with a started pool that is shut down after it.
public func withPool<Value>(
    _ configuration: DatabaseConfiguration,
    _ body: (DatabasePool) async throws -> Value
) async throws -> Value {
    let pool = DatabasePool(configuration, logger: TemporaryCluster.logger)
    pool.start()
    do {
        let value = try await body(pool)
        await pool.shutdown()
        return value
    } catch {
        await pool.shutdown()
        throw error
    }
}
