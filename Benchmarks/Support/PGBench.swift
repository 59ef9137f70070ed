import Foundation
import LabSupport

/// What a PostgreSQL server commits at best: pgbench, on its unix socket.
public struct PGBench {
    private let socketDirectory: String
    private let user: String
    private let database: String
    private let folder: String

    public init(socketDirectory: String, user: String, database: String) throws {
        self.socketDirectory = socketDirectory
        self.user = user
        self.database = database
        folder = try Self.programs()
    }

    /// - Parameter script: the file of one transaction's statements.
    public func commits(
        _ script: String,
        clients: Int,
        for length: Duration
    ) throws -> (count: Int, elapsed_s: Double) {
        let output = try Command([
            "\(folder)/pgbench", "-h", socketDirectory, "-U", user, "-n", "-M", "prepared", "-c", "\(clients)",
            "-j", "2", "-T", "\(Int(length.seconds))", "-f", script, database,
        ]).run()
        let lines = output.split(separator: "\n")
        let transactions = lines.first { $0.hasPrefix("number of transactions actually processed:") }
        let pace = lines.first { $0.hasPrefix("tps = ") }
        let count = transactions.flatMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        let perSecond = pace.flatMap { $0.split(separator: " ").dropFirst(2).first.flatMap { Double($0) } }
        guard let count, let perSecond, perSecond > 0 else { throw LabFailure("pgbench said:\n\(output)") }
        return (count, Double(count) / perSecond)
    }

    /// What `sql` answers: a line a row, with `|` between columns.
    @discardableResult
    public func query(_ sql: String) throws -> String {
        try Command(
            [
                "psql", "-q", "-A", "-t", "-X", "-v", "ON_ERROR_STOP=1", "-h", socketDirectory, "-U", user, "-d",
                database,
            ],
            input: sql
        )
        .run()
    }

    /// Debian keeps each major version's programs apart.
    public static func programs() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        return "\(root)/\(try unwrap(versions.max(), "PostgreSQL is not installed in \(root)"))/bin"
    }
}
