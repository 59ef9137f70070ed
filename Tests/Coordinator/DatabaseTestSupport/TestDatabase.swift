import Database

/// A fresh database for one test, on a PostgreSQL cluster that all tests of the process share.
public struct TestDatabase: Sendable {
    public let connectionString: String
    private let place: DatabasePlaces.Place

    /// No test needs two at once, or they would wait for each other.
    private static let places = DatabasePlaces(24)

    /// - Parameter template: what the database shall hold at first; an empty one without.
    public static func create(from template: TestTemplate? = nil) async throws -> TestDatabase {
        let place = await places.enter()
        return TestDatabase(connectionString: try await SharedCluster.shared.create(from: template), place: place)
    }

    /// A pool's settings for this database, with few connections since many tests run at once.
    public func configuration(connections: Int = 2) throws -> DatabaseConfiguration {
        var configuration = try DatabaseConfiguration(connectionString)
        configuration.connections = connections
        // All tests run at once, some of them with all that the processor has.
        configuration.connectTimeout = .seconds(60)
        configuration.longestWait = .seconds(60)
        return configuration
    }

    /// Runs the body with a pool that is shut down after it.
    public func withPool<Value>(
        connections: Int = 2,
        _ body: (DatabasePool) async throws -> Value
    ) async throws -> Value {
        try await DatabaseTestSupport.withPool(try configuration(connections: connections), body)
    }
}

/// A database made once per process, for example by the migrations, that each test gets a copy of.
public struct TestTemplate: Sendable {
    let name: String
    let prepare: @Sendable (DatabaseConfiguration) async throws -> Void

    /// - Parameters:
    ///   - name: lower-case letters, digits and underscores; one name, one content.
    ///   - prepare: fills the database. It closes its connections, or the database cannot be copied.
    public init(name: String, prepare: @escaping @Sendable (DatabaseConfiguration) async throws -> Void) {
        self.name = name
        self.prepare = prepare
    }
}
