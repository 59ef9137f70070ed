import Database
import DatabaseTestSupport
import EmbeddedDatabase
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct EmbeddedDatabaseTests {
    private static func query(_ server: EmbeddedDatabase, _ statement: Statement) async throws -> String {
        var configuration = try DatabaseConfiguration(server.connectionString)
        configuration.connections = 1
        return try await withPool(configuration) { pool in
            try await pool.transaction { transaction in
                let rows = try transaction.query(statement)
                return rows.columnNames.isEmpty ? "" : try rows[0].text(0)
            }
        }
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func write(_ text: String, to path: String) {
        let file = fopen(path, "w")
        fputs(text, file)
        fclose(file)
    }

    private static func content(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What the process's descriptors lead to.
    private static func openFiles(of pid: Int32) -> [String] {
        (0..<256).compactMap { descriptor in
            guard let path = realpath("/proc/\(pid)/fd/\(descriptor)", nil) else { return nil }
            defer { free(path) }
            return String(cString: path)
        }
    }

    private static func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

    @Test func `the first start makes the cluster, the second finds what was written`() async throws {
        let cluster = TemporaryCluster()
        let first = try await cluster.start()
        _ = try await Self.query(first, "CREATE TABLE kept AS SELECT 'still here' AS word")
        await first.stop()
        #expect(!Self.isAlive(first.serverProcessID))
        let second = try await cluster.start()
        #expect(try await Self.query(second, "SELECT word FROM kept") == "still here")
        await second.stop()
    }

    @Test func `it is durable, speaks UTF-8 with the C locale, and listens on its socket alone`() async throws {
        var options = TemporaryCluster.options
        options.isDurable = true
        let cluster = TemporaryCluster()
        let server = try await cluster.start(options)
        let settings = try await Self.query(
            server,
            """
            SELECT concat_ws(' ', current_setting('fsync'), current_setting('full_page_writes'),
                current_setting('synchronous_commit'), current_setting('server_encoding'), datcollate,
                quote_literal(current_setting('listen_addresses')))
            FROM pg_database WHERE datname = current_database()
            """
        )
        #expect(settings == "on on on UTF8 C ''")
        var status = stat()
        #expect(stat("\(cluster.directory)/run", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        await server.stop()
    }

    @Test func `a killed server is started again with what it had committed`() async throws {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        let supervision = Task { await server.run() }
        _ = try await Self.query(server, "CREATE TABLE kept AS SELECT 'still here' AS word")
        let before = server.serverProcessID
        kill(before, SIGKILL)
        try await until { server.restarts == 1 }
        #expect(server.serverProcessID != before)
        #expect(try await Self.query(server, "SELECT word FROM kept") == "still here")
        supervision.cancel()
        await supervision.value
        #expect(!Self.isAlive(server.serverProcessID))
    }

    /// The kernel acknowledges what is sent to a process that is stopped; the limit of a statement is that process's own.
    @Test func `a server that is frozen is given up after the limit of a statement, and used again when it goes on`()
        async throws
    {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        var configuration = try DatabaseConfiguration(server.connectionString)
        configuration.connections = 1
        configuration.statementTimeout = .seconds(1)
        configuration.answerMargin = .seconds(1)
        try await withPool(configuration) { pool in
            let backend = try await pool.read { try $0.query("SELECT pg_backend_pid() AS pid")[0].int32("pid") }
            kill(backend, SIGSTOP)
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.read { try $0.query("SELECT 1").count }
            }
            kill(backend, SIGCONT)
            #expect(error == .unavailable(.connectionLost))
            let after = try await pool.read { try $0.query("SELECT pg_backend_pid() AS pid")[0].int32("pid") }
            #expect(after != backend)
        }
        await server.stop()
    }

    /// Stopped by SIGSTOP, a backend acts on nothing but SIGKILL, as one does whose SIGQUIT handler hangs.
    @Test func `a backend that outlives the killed server and does not end is killed`() async throws {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        let supervision = Task { await server.run() }
        var configuration = try DatabaseConfiguration(server.connectionString)
        configuration.connections = 1
        try await withPool(configuration) { pool in
            let backend = try await pool.read { try $0.query("SELECT pg_backend_pid() AS pid")[0].int32("pid") }
            kill(backend, SIGSTOP)
            kill(server.serverProcessID, SIGKILL)
            try await until { server.restarts == 1 }
        }
        #expect(try await Self.query(server, "SELECT 'served'") == "served")
        supervision.cancel()
        await supervision.value
    }

    @Test func `the server of a coordinator that was killed is adopted, and stops with its new owner`() async throws {
        let cluster = TemporaryCluster()
        let killed = try await cluster.start()
        let pid = killed.serverProcessID
        #expect(!Self.openFiles(of: pid).contains("\(cluster.directory)/lock"))
        killed.abandon()
        let adopted = try await cluster.start()
        #expect(adopted.serverProcessID == pid)
        #expect(try await Self.query(adopted, "SELECT 'fine'") == "fine")
        await adopted.stop()
        #expect(!Self.isAlive(pid))
    }

    @Test func `a second coordinator on the same directory is refused`() async throws {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        await #expect(throws: EmbeddedDatabaseError.inUse(directory: cluster.directory)) { try await cluster.start() }
        #expect(try await Self.query(server, "SELECT 'fine'") == "fine")
        await server.stop()
        let next = try await cluster.start()
        await next.stop()
    }

    @Test func `a cluster that was never completed is made anew`() async throws {
        let cluster = TemporaryCluster()
        let unfinished = "\(cluster.directory)/cluster.new.1"
        mkdir(unfinished, 0o700)
        mkdir("\(unfinished)/base", 0o700)
        Self.write("15\n", to: "\(unfinished)/PG_VERSION")
        let server = try await cluster.start()
        #expect(try await Self.query(server, "SELECT 'fine'") == "fine")
        #expect(!Self.exists(unfinished))
        await server.stop()
    }

    @Test func `what is not a cluster is refused and left as it is`() async throws {
        let cluster = TemporaryCluster()
        mkdir("\(cluster.directory)/cluster", 0o700)
        Self.write("precious", to: "\(cluster.directory)/cluster/file")
        await #expect(throws: EmbeddedDatabaseError.notACluster(directory: "\(cluster.directory)/cluster")) {
            try await cluster.start()
        }
        #expect(Self.content(of: "\(cluster.directory)/cluster/file") == "precious")
    }

    @Test func `a pid file that names a stranger does not stop the start`() async throws {
        let cluster = TemporaryCluster()
        await (try cluster.start()).stop()
        Self.write(
            "\(getpid())\n\(cluster.directory)/cluster\n0\n5432\n/nowhere\n",
            to: "\(cluster.directory)/cluster/postmaster.pid"
        )
        let server = try await cluster.start()
        #expect(try await Self.query(server, "SELECT 'fine'") == "fine")
        await server.stop()
    }

    @Test func `a directory too deep for a socket is refused, and a socket directory elsewhere helps`() async throws {
        let deep = TemporaryCluster()
        let directory = "\(deep.directory)/\(String(repeating: "d", count: 90))"
        let path = "\(directory)/run/.s.PGSQL.5432"
        await #expect(throws: EmbeddedDatabaseError.socketPathTooLong(path: path)) {
            try await EmbeddedDatabase.start(
                in: directory,
                options: TemporaryCluster.options,
                logger: TemporaryCluster.logger
            )
        }
        var options = TemporaryCluster.options
        options.socketDirectory = "\(deep.directory)/it's"
        let server = try await EmbeddedDatabase.start(in: directory, options: options, logger: TemporaryCluster.logger)
        #expect(try await Self.query(server, "SELECT 'fine'") == "fine")
        await server.stop()
    }

    @Test func `a missing server names the package to install`() async throws {
        var options = TemporaryCluster.options
        options.programsDirectory = "/nowhere"
        let cluster = TemporaryCluster()
        let error = await #expect(throws: EmbeddedDatabaseError.self) { try await cluster.start(options) }
        #expect(error == .serverMissing(directory: "/nowhere"))
        #expect(String(describing: error).contains("install the package postgresql"))
    }

    @Test func `a cluster of a version that is gone names its package`() async throws {
        let cluster = TemporaryCluster()
        mkdir("\(cluster.directory)/cluster", 0o700)
        mkdir("\(cluster.directory)/cluster/global", 0o700)
        Self.write("", to: "\(cluster.directory)/cluster/global/pg_control")
        Self.write("14\n", to: "\(cluster.directory)/cluster/PG_VERSION")
        let error = await #expect(throws: EmbeddedDatabaseError.self) { try await cluster.start() }
        #expect(error == .serverVersionMissing(version: "14"))
        Self.write("9.6\n", to: "\(cluster.directory)/cluster/PG_VERSION")
        await #expect(throws: EmbeddedDatabaseError.unsupportedVersion(version: "9.6")) { try await cluster.start() }
    }

    @Test func `a way that the server's user may not go is named, and is no matter when the server is ourselves`()
        async throws
    {
        let cluster = TemporaryCluster()
        let closed = "\(cluster.directory)/closed"
        mkdir(closed, 0o700)
        func start() async throws -> EmbeddedDatabase {
            try await EmbeddedDatabase.start(
                in: "\(closed)/data",
                options: TemporaryCluster.options,
                logger: TemporaryCluster.logger
            )
        }
        if geteuid() == 0 {
            await #expect(throws: EmbeddedDatabaseError.notTraversable(directory: closed, user: "postgres")) {
                _ = try await start()
            }
        } else {
            await (try start()).stop()
        }
    }

    @Test(arguments: ["SELECT 'hunter2'::int8", "INSERT INTO t VALUES ('hunter2')", "SELECT hunter2"])
    func `no value of a failed statement reaches the server's log`(_ sql: String) async throws {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        _ = try await Self.query(server, "CREATE TABLE t AS SELECT 'hunter2' AS word")
        _ = try await Self.query(server, "CREATE UNIQUE INDEX t_key ON t (word)")
        await #expect(throws: DatabaseError.self) { try await Self.query(server, Statement(sql)) }
        await server.stop()
        let log = Self.content(of: "\(cluster.directory)/server.log")
        #expect(log.contains("database system is ready"))
        #expect(!log.contains("hunter2"))
    }
}
