import BenchmarkSupport
import Foundation
import Glibc
import LabSupport

/// A PostgreSQL cluster of the benchmark's own, with the settings that `initdb` gives: every commit is flushed.
final class PostgreSQLCluster {
    private static let database = "holdfast"
    private let binaries: String
    private let folder: String
    private let server: Daemon

    var url: String { "postgresql:///\(Self.database)?host=\(folder)&user=postgres" }

    init(folder parent: String) throws {
        folder = "\(parent)/postgresql"
        binaries = try PGBench.programs()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if geteuid() == 0 { try Host.own.run("chown", "postgres:postgres", folder) }
        let initialise = [
            "\(binaries)/initdb", "-D", "\(folder)/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
        ]
        try Command(Self.unprivileged(initialise)).run()
        let serve = [
            "\(binaries)/postgres", "-D", "\(folder)/data", "-k", folder, "-c", "listen_addresses=",
            "-c", "max_connections=200",
        ]
        server = try Daemon("postgres", Self.unprivileged(serve), logPath: "\(parent)/postgres.log")
        let (socket, tools) = (folder, binaries)
        try wait(for: "PostgreSQL to accept connections", within: .seconds(30)) {
            try Command(["\(tools)/pg_isready", "-q", "-h", socket]).attempt().status == 0
        }
        try query("CREATE DATABASE \(Self.database)", in: "postgres")
    }

    /// Fast shutdown: open sessions are ended, and what was committed is flushed.
    func stop() {
        if (try? server.terminate(by: SIGINT)) == nil { server.kill() }
    }

    /// What pgbench commits in one transaction.
    enum Load: String {
        /// The rows that a provision inserts (peer, assignment, audit entry), by one statement, and nothing else: no
        /// token, no limit, no node whose revision is taken.
        case provisionRows = "provision.sql"
        /// The peer's row alone.
        case peerRow = "peer.sql"
    }

    func commits(_ load: Load, clients: Int, for length: Duration) throws -> (count: Int, elapsed_s: Double) {
        let pgbench = try PGBench(socketDirectory: folder, user: "postgres", database: Self.database)
        return try pgbench.commits("\(folder)/\(load.rawValue)", clients: clients, for: length)
    }

    /// Makes empty tables like the coordinator's own, with their constraints and indexes: it must have migrated first.
    func prepare() throws {
        try query(
            """
            CREATE SCHEMA bench;
            CREATE SEQUENCE bench.address_indexes;
            CREATE TABLE bench.peers (LIKE public.peers INCLUDING ALL);
            CREATE TABLE bench.assignments (LIKE public.assignments INCLUDING ALL);
            CREATE TABLE bench.audit_entries (LIKE public.audit_entries INCLUDING ALL);
            """,
            in: Self.database
        )
        let peer = """
            INSERT INTO bench.peers (id, subscription_id, public_key, address_index, region, created_at)
            VALUES (gen_random_uuid(), gen_random_uuid(), decode(md5(random()::text) || md5(random()::text), 'hex'),
                nextval('bench.address_indexes'), 'fra1', now())
            """
        let provision = """
            WITH p AS (\(peer) RETURNING *),
            a AS (
                INSERT INTO bench.assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
                SELECT md5('node' || address_index % 4)::uuid, id, 'installing', address_index, public_key,
                    address_index, created_at
                FROM p RETURNING *)
            INSERT INTO bench.audit_entries (at, actor, action, node_id, peer_id, subscription_id, revision)
            SELECT a.created_at, 'customer', 'peer.provisioned', a.node_id, a.peer_id, p.subscription_id, a.revision
            FROM a JOIN p ON p.id = a.peer_id
            """
        try "\(peer);\n".write(toFile: "\(folder)/\(Load.peerRow.rawValue)", atomically: true, encoding: .utf8)
        try "\(provision);\n"
            .write(toFile: "\(folder)/\(Load.provisionRows.rawValue)", atomically: true, encoding: .utf8)
    }

    private func query(_ sql: String, in database: String) throws {
        try Command(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", "-d", database],
            input: sql
        )
        .run()
    }

    /// PostgreSQL refuses to run as root.
    private static func unprivileged(_ arguments: [String]) -> [String] {
        geteuid() == 0
            ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"] + arguments : arguments
    }
}
