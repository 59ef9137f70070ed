/// Where things lie in the data directory.
///
///     lock          held by the coordinator that uses the directory
///     cluster/      PostgreSQL's own data directory
///     cluster.new.* a cluster being made; renamed to `cluster` when complete
///     run/          the socket, in a directory that only the server's user may enter
///     server.log    the server's own words; statements and their values never get into it
struct ClusterLayout: Sendable {
    let directory: String
    let socketDirectory: String

    static let port = 5432
    /// `sizeof(sun_path)` without the final NUL (unix(7)).
    static let socketPathLimit = 107

    init(directory: String, socketDirectory: String?) throws(EmbeddedDatabaseError) {
        self.directory = directory
        self.socketDirectory = socketDirectory ?? "\(directory)/run"
        guard socketPath.utf8.count <= Self.socketPathLimit else { throw .socketPathTooLong(path: socketPath) }
    }

    var lock: String { "\(directory)/lock" }
    var cluster: String { "\(directory)/cluster" }
    var log: String { "\(directory)/server.log" }
    var pidFile: String { "\(cluster)/postmaster.pid" }
    var socketPath: String { "\(socketDirectory)/.s.PGSQL.\(Self.port)" }

    static let unfinishedPrefix = "cluster.new."

    /// libpq's key=value form, quoted as "Connection Strings" in PostgreSQL's documentation says.
    func connectionString(database: String) -> String {
        let quoted = socketDirectory.flatMap { character in
            character == "\\" || character == "'" ? "\\\(character)" : String(character)
        }
        return "host='\(String(quoted))' port=\(Self.port) user=\(Self.role) dbname=\(database)"
    }

    /// The superuser, and the database, of the cluster.
    static let role = "holdfast"
    static let database = "holdfast"
}
