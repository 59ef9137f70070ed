import DaemonRuntime
import Database
import EmbeddedDatabase
import Logging
import Store

/// How the coordinator and its commands come to the database.
enum DatabaseAccess {
    /// How long an outside database may be away when the coordinator starts.
    static let patience: Duration = .seconds(30)

    static func configuration(
        _ connectionString: String,
        connections: Int
    ) throws(StartFailure) -> DatabaseConfiguration {
        do {
            var configuration = try DatabaseConfiguration(connectionString)
            configuration.connections = connections
            return configuration
        } catch {
            throw .databaseURL
        }
    }

    /// Returns once a transaction has worked.
    /// - Throws: the last `DatabaseError` when none does within `patience`; at once where waiting is of no use.
    static func waitUntilUsable(_ pool: DatabasePool, patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                _ = try await pool.read { transaction in try transaction.query("SELECT 1") }
                return
            } catch DatabaseError.unavailable(let why) {
                guard ContinuousClock.now < deadline else {
                    throw DatabaseError.unavailable(pool.figures.lastFailure ?? why)
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}

/// Runs a command against the database of the running coordinator; root does so as the user that the coordinator runs as.
func withStore<Value: Sendable>(
    of settings: CoordinatorSettings,
    _ body: @Sendable (Store) async throws -> Value
) async throws -> Value {
    try await DirectoryOwner.acting(for: settings.dataDirectory) { try await withOwnersStore(of: settings, body) }
}

private func withOwnersStore<Value: Sendable>(
    of settings: CoordinatorSettings,
    _ body: @Sendable (Store) async throws -> Value
) async throws -> Value {
    let url = settings[Declared.databaseURL]
    let connectionString = try url.isEmpty ? EmbeddedDatabase.connectionString(in: settings.dataDirectory) : url
    let logger = Logger(label: "command", factory: { _ in SwiftLogNoOpLogHandler() })
    let pool = DatabasePool(
        try DatabaseAccess.configuration(connectionString, connections: 1),
        logger: logger
    )
    pool.start()
    do {
        try await DatabaseAccess.waitUntilUsable(pool, patience: .seconds(3))
        let value = try await body(Store(pool: pool))
        await pool.shutdown()
        return value
    } catch DatabaseError.unavailable(let why) {
        await pool.shutdown()
        guard !url.isEmpty else { throw StartFailure.coordinatorNotRunning(dataDirectory: settings.dataDirectory) }
        throw StartFailure.databaseUnreachable(setting: "database.url", reason: "\(why)")
    } catch {
        await pool.shutdown()
        throw error
    }
}
