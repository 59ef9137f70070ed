/// How the private cluster is kept; the defaults are right for production.
public struct EmbeddedDatabaseOptions: Sendable {
    /// Where Debian puts each major version's programs, as `<directory>/<version>/bin`.
    public var programsDirectory = "/usr/lib/postgresql"
    /// As whom the server runs when we are root, which PostgreSQL refuses to be.
    public var serverUser = "postgres"
    /// Where the socket lies, if not in the data directory: for data directories whose path is too long for one.
    public var socketDirectory: String?
    /// Off for tests only: a crash of the machine may lose everything.
    public var isDurable = true
    public var sharedBuffers_MB = 128
    public var maxConnections = 100
    /// How long a start may take, recovery after a crash included.
    public var startTimeout: Duration = .seconds(120)
    /// How long a clean stop may take before the server is told to stop at once, which costs a recovery later.
    public var stopTimeout: Duration = .seconds(30)

    public init() {}
}
