/// Why the private PostgreSQL cluster cannot be had. Each says what the operator can do.
public enum EmbeddedDatabaseError: Error, Hashable, Sendable {
    /// No `initdb` and `postgres` of a supported version under the directory.
    case serverMissing(directory: String)
    /// The cluster was made by this major version, whose programs are gone.
    case serverVersionMissing(version: String)
    case unsupportedVersion(version: String)
    /// Another process holds the data directory.
    case inUse(directory: String)
    /// The system's reason, with what was tried.
    case system(operation: String, path: String, errno: Int32)
    /// PostgreSQL's user, as which it must run when we are root, does not exist.
    case noSuchUser(String)
    /// PostgreSQL's user may not enter this directory on the way to the data directory.
    case notTraversable(directory: String, user: String)
    /// A unix socket's path may have 107 bytes.
    case socketPathTooLong(path: String)
    /// Something that is not a cluster stands where the cluster belongs. It is never deleted.
    case notACluster(directory: String)
    case initialisationFailed(log: String)
    /// The server ended, or was not ready in time; its log says why.
    case startFailed(log: String)
    /// The server answers but refuses our set-up.
    case refused(String)
}

extension EmbeddedDatabaseError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .serverMissing(let directory):
            "no PostgreSQL server of a supported version under \(directory): install the package postgresql, "
                + "or set database.url to use a server elsewhere"
        case .serverVersionMissing(let version):
            "the cluster was made by PostgreSQL \(version): install the package postgresql-\(version)"
        case .unsupportedVersion(let version):
            "PostgreSQL \(version) is not supported: versions \(ServerPrograms.supportedVersions.lowerBound) to "
                + "\(ServerPrograms.supportedVersions.upperBound) are"
        case .inUse(let directory): "another coordinator uses \(directory)"
        case .system(let operation, let path, let errno): "cannot \(operation) \(path): error \(errno)"
        case .noSuchUser(let user):
            "the user \(user), as which PostgreSQL must run when the coordinator runs as root, does not exist"
        case .notTraversable(let directory, let user):
            "the user \(user) may not enter \(directory): chmod o+x it, or run the coordinator as another user than root"
        case .socketPathTooLong(let path):
            "the socket \(path) has \(path.utf8.count) bytes, and the system's limit is "
                + "\(ClusterLayout.socketPathLimit): choose a shorter data directory or a socket directory"
        case .notACluster(let directory): "\(directory) is not a PostgreSQL cluster: move it away"
        case .initialisationFailed(let log): "initdb failed: see \(log)"
        case .startFailed(let log): "the PostgreSQL server did not start: see \(log)"
        case .refused(let reason): "the PostgreSQL server refuses its set-up: \(reason)"
        }
    }
}
