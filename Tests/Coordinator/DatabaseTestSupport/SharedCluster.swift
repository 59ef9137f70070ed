import Database
import EmbeddedDatabase
import Glibc
import Synchronization

/// The one cluster of a test process. It is started when the first test asks, and ends with the process.
actor SharedCluster {
    static let shared = SharedCluster()

    private var starting: Task<EmbeddedDatabase, any Error>?
    private var templates: [String: Task<Void, any Error>] = [:]
    private var count = 0

    private static let directory = "/tmp/holdfast-tests-\(getpid())"

    func server() async throws -> EmbeddedDatabase {
        if let starting { return try await starting.value }
        let task = Task {
            await BlockingThread.run { Self.sweep() }
            atexit { ClusterDisposal.dispose(SharedCluster.directory) }
            Self.write(settings: "autovacuum = off\n")
            var options = TemporaryCluster.options
            // Every test has a database and a pool of its own, and all of them run at once.
            options.maxConnections = 1000
            return try await EmbeddedDatabase.start(
                in: Self.directory,
                options: options,
                logger: TemporaryCluster.logger
            )
        }
        starting = task
        return try await task.value
    }

    func create(from template: TestTemplate?) async throws -> String {
        let server = try await server()
        if let template { try await prepare(template, on: server) }
        count += 1
        let name = "test_\(count)"
        let source = template.map { "template_\($0.name)" } ?? "template1"
        try await run("CREATE DATABASE \(name) TEMPLATE \(source)", on: server)
        return server.connectionString(database: name)
    }

    private func prepare(_ template: TestTemplate, on server: EmbeddedDatabase) async throws {
        if let task = templates[template.name] { return try await task.value }
        let name = "template_\(template.name)"
        let task = Task {
            try await run("CREATE DATABASE \(name)", on: server)
            try await template.prepare(DatabaseConfiguration(server.connectionString(database: name)))
        }
        templates[template.name] = task
        try await task.value
    }

    private nonisolated func run(_ sql: String, on server: EmbeddedDatabase) async throws {
        var patient = try DatabaseConfiguration(server.connectionString)
        patient.connectTimeout = .seconds(60)
        patient.statementTimeout = .zero
        let result = await BlockingThread.run { [configuration = patient] () -> Result<Void, DatabaseError> in
            do throws(DatabaseError) {
                try Connection.runScript(sql, on: configuration)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// What the cluster gets besides its own settings: hundreds of databases would keep autovacuum busy for nothing.
    private static func write(settings: String) {
        mkdir(directory, 0o711)
        let file = fopen("\(directory)/server.conf", "w")
        fputs(settings, file)
        fclose(file)
    }

    /// Removes the clusters of test processes that were killed.
    private static func sweep() {
        guard let stream = opendir("/tmp") else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix("holdfast-tests-"), let pid = pid_t(name.dropFirst(15)) else { continue }
            if pid != getpid(), kill(pid, 0) != 0 { ClusterDisposal.disposeIfAbandoned("/tmp/\(name)") }
        }
    }
}
