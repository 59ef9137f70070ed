import Cryptography
import DaemonRuntime
import Database
import DatabaseTestSupport
import Foundation
import Logging
import Model
import Store
import Testing

@testable import CoordinatorDaemon

/// The audit log's head in a file, out of the database's reach.
@Suite(.timeLimit(.minutes(10))) struct AuditAnchoringTests {
    private static let template = TestTemplate(name: "holdfast_anchoring") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }
    private static let keys = AuditKeys([AuditKey(version: 1, key: [UInt8](repeating: 1, count: 32))!])!
    private static let now = Timestamp(seconds: 1_800_000_000)

    private struct Bench {
        let store: Store
        let anchoring: AuditAnchoring
        let file: AuditAnchorFile

        func write(_ count: Int) async throws {
            try await execute(
                """
                INSERT INTO audit_entries (at, actor, action)
                SELECT now(), 'system', 'node.cordoned' FROM generate_series(1, \(count))
                """
            )
            try await store.sealAudit(limit: 1000)
        }

        func execute(_ sql: String) async throws {
            try await store.pool.transaction { transaction in try transaction.execute(Statement(sql)) }
        }

        func look() async throws -> String? { try await anchoring.look(now: AuditAnchoringTests.now) }

        func verify() async throws -> AuditVerification { try await store.verifyAudit(anchors: file.read()) }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try CoordinatorSettings(
            file: nil,
            overrides: [Declared.dataDirectory.overridden(by: folder, flag: "--data-dir")]
        )
        let database = try await TestDatabase.create(from: Self.template)
        try await database.withPool(connections: 2) { pool in
            let store = Store(pool: pool).with(try await Store(pool: pool).bindAuditKeys { _, _ in Self.keys })
            let logger = Logger(label: "audit", factory: { _ in SwiftLogNoOpLogHandler() })
            let anchoring = AuditAnchoring(store: store, settings: settings, logger: logger)
            try await body(Bench(store: store, anchoring: anchoring, file: AuditAnchorFile(settings)))
        }
    }

    @Test func `the head is kept as the log grows, and vouches for it`() async throws {
        try await withBench { bench in
            #expect(try await bench.look() == nil)
            for _ in 0..<3 {
                try await bench.write(4)
                #expect(try await bench.look() == nil)
            }
            let found = try await bench.verify()
            #expect(found.isIntact && found.anchoring == .held(position: 12, since: Self.now))
        }
    }

    @Test func `a log that was cut is seen at the next look, and no later anchor hides it`() async throws {
        try await withBench { bench in
            try await bench.write(4)
            #expect(try await bench.look() == nil)
            try await bench.execute("DELETE FROM audit_seals WHERE position > 2")
            try await bench.execute("DELETE FROM audit_entries WHERE id NOT IN (SELECT entry_id FROM audit_seals)")
            #expect(try await bench.look()?.contains("position 4") == true)
            try await bench.write(5)
            #expect(try await bench.look()?.contains("position 4") == true)
            #expect(try await bench.verify().broken?.position == 4)
        }
    }

    @Test func `a file that is gone is missed, and said until an operator has accepted it`() async throws {
        try await withBench { bench in
            try await bench.write(4)
            #expect(try await bench.look() == nil)
            try FileManager.default.removeItem(atPath: bench.file.path)
            #expect(try await bench.verify().anchoring == .missing(path: bench.file.path))
            for _ in 0..<2 { #expect(try await bench.look()?.contains("begun anew") == true) }
            #expect(try await !bench.verify().isIntact)
            var accepted = AuditAnchors(beginning: .accepted, at: Self.now)
            accepted.add(try #require(try await bench.store.auditHead(now: Self.now)))
            try bench.file.write(accepted)
            #expect(try await bench.look() == nil)
            #expect(try await bench.verify().isIntact)
        }
    }

    @Test func `a file that is damaged is left as it is, and said`() async throws {
        try await withBench { bench in
            try await bench.write(4)
            #expect(try await bench.look() == nil)
            try DurableFile.write(Array("garbage".utf8), to: bench.file.path)
            #expect(try await bench.look()?.contains("not what the coordinator wrote") == true)
            #expect(try await bench.verify().anchoring.name == "unreadable")
            #expect(try DurableFile.read(bench.file.path, limit_bytes: 100) == Array("garbage".utf8))
        }
    }
}
