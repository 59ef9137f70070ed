import DaemonRuntime
import Database
import EmbeddedDatabase
import Logging
import SecretStore
import ServiceLifecycle
import Store
import UnixSignals

/// Runs the coordinator until a signal ends it.
func serve(_ settings: CoordinatorSettings) async throws {
    LogfmtHandler.bootstrap(level: settings.logLevel, environment: settings.environment)
    let logger = Logger(label: "coordinator")
    for variable in settings.all.unknownVariables {
        logger.warning("no such setting", metadata: ["variable": "\(variable)"])
    }
    let url = settings[Declared.databaseURL]
    var embedded: EmbeddedDatabase?
    if url.isEmpty || settings[Declared.secretsDirectory].isEmpty {
        try DataDirectory.make(settings.dataDirectory)
    }
    if url.isEmpty {
        embedded = try await EmbeddedDatabase.start(
            in: settings.dataDirectory,
            logger: Logger(label: "embedded-database")
        )
    }
    do {
        try await serve(settings, embedded: embedded, logger: logger)
    } catch {
        // After a failed start; the service group has stopped it already when the coordinator had begun to serve.
        await embedded?.stop()
        throw error
    }
}

private func serve(_ settings: CoordinatorSettings, embedded: EmbeddedDatabase?, logger: Logger) async throws {
    let connectionString = embedded?.connectionString ?? settings[Declared.databaseURL]
    let configuration = try DatabaseAccess.configuration(
        connectionString,
        connections: settings[Declared.databaseConnections]
    )
    let pool = DatabasePool(configuration, logger: Logger(label: "database"))
    pool.start()
    do {
        let store = try await prepare(pool, isEmbedded: embedded != nil)
        let services = try await Wiring(
            settings: settings,
            store: try await sealing(store, settings),
            database: configuration,
            logger: logger
        ).services()
        var all: [any Service] = []
        if let embedded { all.append(UntilShutdown { await embedded.run() }) }
        all.append(UntilShutdown { await pool.run() })
        try await run(all + services, logger: logger)
    } catch {
        await pool.shutdown()
        throw error
    }
}

/// Waits for the database and brings its schema up to date.
private func prepare(_ pool: DatabasePool, isEmbedded: Bool) async throws -> Store {
    do {
        try await DatabaseAccess.waitUntilUsable(pool, patience: DatabaseAccess.patience)
    } catch DatabaseError.unavailable(let why) {
        throw StartFailure.databaseUnreachable(
            setting: isEmbedded ? "the data directory" : "database.url",
            reason: "\(why)"
        )
    }
    let store = Store(pool: pool)
    try await store.migrate()
    return store
}

/// The store with the audit log's keys, which are made at the first start and belong to this database from then on.
private func sealing(_ store: Store, _ settings: CoordinatorSettings) async throws -> Store {
    let secrets = Secrets(settings).store
    let keys = try await store.bindAuditKeys { mayMake, head in
        try secrets.auditKeys(mayMake: mayMake, unkeyedPart: head)
    }
    return store.with(keys)
}

/// In a shutdown the services end in reverse order: the listeners first, the database last.
private func run(_ services: [any Service], logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
        services: services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
    )
    configuration.maximumGracefulShutdownDuration = .seconds(25)
    try await ServiceGroup(configuration: configuration).run()
}
