/// The programs of one installed PostgreSQL version.
struct ServerPrograms: Sendable {
    let version: String
    let initdb: String
    let postgres: String

    static let supportedVersions = 14...18

    /// The version that made the cluster, or else the highest supported one that is installed.
    static func find(in directory: String, version: String?) throws(EmbeddedDatabaseError) -> ServerPrograms {
        if let version {
            guard let number = Int(version), supportedVersions.contains(number) else {
                throw .unsupportedVersion(version: version)
            }
            guard let programs = ServerPrograms(in: directory, version: number) else {
                throw .serverVersionMissing(version: version)
            }
            return programs
        }
        for number in supportedVersions.reversed() {
            if let programs = ServerPrograms(in: directory, version: number) { return programs }
        }
        throw .serverMissing(directory: directory)
    }

    private init?(in directory: String, version: Int) {
        self.version = String(version)
        initdb = "\(directory)/\(version)/bin/initdb"
        postgres = "\(directory)/\(version)/bin/postgres"
        guard FileSystem.isExecutable(initdb), FileSystem.isExecutable(postgres) else { return nil }
    }
}
