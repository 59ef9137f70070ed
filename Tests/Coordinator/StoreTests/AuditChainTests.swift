import Cryptography
import Database
import Model
import Store
import Testing

/// The audit log's chain finds what was done to it behind the coordinator's back.
@Suite(.timeLimit(.minutes(10))) struct AuditChainTests {
    private func withSealed(
        _ count: Int = 6,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await Fixture.with { fixture in
            for number in 1...count { try await write("entry \(number)", fixture) }
            #expect(try await fixture.store.sealAudit(limit: 1000, lookingAtAll: false) == count)
            try await body(fixture)
        }
    }

    private func write(_ detail: String, _ fixture: Fixture) async throws {
        try await execute(
            "INSERT INTO audit_entries (at, actor, action, detail) VALUES (now(), 'system', 'node.cordoned', $1)",
            fixture,
            .text(detail)
        )
    }

    private func execute(_ statement: Statement, _ fixture: Fixture, _ parameters: Parameter...) async throws {
        try await fixture.store.pool.transaction { transaction in
            _ = try transaction.executeAll([BoundStatement(statement: statement, parameters: parameters)])
        }
    }

    @Test func `entries are sealed in order, in batches, each once`() async throws {
        try await Fixture.with { fixture in
            for number in 1...5 { try await write("entry \(number)", fixture) }
            #expect(try await fixture.store.sealAudit(limit: 3) == 3)
            #expect(try await fixture.store.sealAudit(limit: 3) == 2)
            #expect(try await fixture.store.sealAudit(limit: 3) == 0)
            let walked = try await fixture.store.verifyAudit()
            #expect(walked.verified == 5)
            #expect(walked.unsealed == 0)
            #expect(walked.broken == nil)
        }
    }

    @Test func `two who seal at once make one chain`() async throws {
        try await Fixture.with { fixture in
            for number in 1...40 { try await write("entry \(number)", fixture) }
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { try await fixture.store.sealAudit(limit: 10) } }
                try await group.waitForAll()
            }
            let walked = try await fixture.store.verifyAudit()
            #expect(walked.verified == 40)
            #expect(walked.broken == nil)
        }
    }

    @Test(arguments: [
        ("UPDATE audit_entries SET detail = 'other' WHERE detail = 'entry 3'", 3),
        ("UPDATE audit_entries SET actor = 'operator', actor_name = 'bob' WHERE detail = 'entry 4'", 4),
        ("UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE detail = 'entry 1'", 1),
        (#"UPDATE audit_entries SET change = '{"from": 1}' WHERE detail = 'entry 6'"#, 6),
        ("UPDATE audit_seals SET hash = sha256('x') WHERE position = 2", 2),
    ])
    func `a changed entry is found where it is`(tampering: String, position: Int64) async throws {
        try await withSealed { fixture in
            try await execute(Statement(tampering), fixture)
            let broken = try #require(try await fixture.store.verifyAudit().broken)
            #expect(broken.position == position)
            #expect(broken.reason == .entryChanged)
        }
    }

    @Test func `a removed entry is found where it was`() async throws {
        try await withSealed { fixture in
            try await execute("DELETE FROM audit_seals WHERE position = 4", fixture)
            try await execute("DELETE FROM audit_entries WHERE detail = 'entry 4'", fixture)
            let broken = try #require(try await fixture.store.verifyAudit().broken)
            #expect(broken.position == 4)
            #expect(broken.reason == .entryRemoved)
        }
    }

    @Test func `a removed entry is found when the gap was closed`() async throws {
        try await withSealed { fixture in
            try await execute("DELETE FROM audit_seals WHERE position = 4", fixture)
            try await execute("DELETE FROM audit_entries WHERE detail = 'entry 4'", fixture)
            try await execute("UPDATE audit_seals SET position = position - 1 WHERE position = 5", fixture)
            try await execute("UPDATE audit_seals SET position = position - 1 WHERE position = 6", fixture)
            let broken = try #require(try await fixture.store.verifyAudit().broken)
            #expect(broken.position == 4)
        }
    }

    @Test func `an inserted entry is found where it stands`() async throws {
        try await withSealed { fixture in
            try await write("forged", fixture)
            try await execute("UPDATE audit_seals SET position = -position WHERE position >= 3", fixture)
            try await execute("UPDATE audit_seals SET position = 1 - position WHERE position < 0", fixture)
            try await execute(
                """
                INSERT INTO audit_seals (position, entry_id, hash)
                SELECT 3, id, sha256('forged') FROM audit_entries WHERE detail = 'forged'
                """,
                fixture
            )
            let broken = try #require(try await fixture.store.verifyAudit().broken)
            #expect(broken.position == 3)
            #expect(broken.reason == .entryInserted)
        }
    }

    @Test func `an end that was cut off is found by a head that was noted down`() async throws {
        try await withSealed { fixture in
            let head = try await fixture.store.verifyAudit()
            try await execute("DELETE FROM audit_seals WHERE position > 4", fixture)
            try await execute("DELETE FROM audit_entries WHERE detail IN ('entry 5', 'entry 6')", fixture)
            #expect(try await fixture.store.verifyAudit().broken == nil)
            let walked = try await fixture.store.verifyAudit(expected: .init(position: head.verified, hash: head.head))
            #expect(walked.broken?.position == 5)
            #expect(walked.broken?.reason == .entryRemoved)
            try await write("instead", fixture)
            try await write("instead", fixture)
            try await fixture.store.sealAudit(limit: 10)
            let again = try await fixture.store.verifyAudit(expected: .init(position: head.verified, hash: head.head))
            #expect(again.broken?.reason == .headDiffers)
        }
    }

    @Test func `an entry whose transaction ended late is sealed all the same`() async throws {
        try await Fixture.with { fixture in
            try await execute("SELECT setval('audit_entries_id_seq', 10)", fixture)
            try await write("early", fixture)
            try await fixture.store.sealAudit(limit: 10, lookingAtAll: false)
            try await execute(
                """
                INSERT INTO audit_entries (id, at, actor, action, detail) OVERRIDING SYSTEM VALUE
                VALUES (5, now(), 'system', 'node.cordoned', 'late')
                """,
                fixture
            )
            #expect(try await fixture.store.sealAudit(limit: 10, lookingAtAll: false) == 1)
            #expect(try await fixture.store.verifyAudit().broken == nil)
        }
    }

    @Test func `one that comes later than the window is found by a look at all`() async throws {
        try await Fixture.with { fixture in
            try await execute("SELECT setval('audit_entries_id_seq', 1000000)", fixture)
            try await write("early", fixture)
            try await fixture.store.sealAudit(limit: 10, lookingAtAll: false)
            try await execute(
                """
                INSERT INTO audit_entries (id, at, actor, action, detail) OVERRIDING SYSTEM VALUE
                VALUES (5, now(), 'system', 'node.cordoned', 'late')
                """,
                fixture
            )
            #expect(try await fixture.store.sealAudit(limit: 10, lookingAtAll: false) == 0)
            #expect(try await fixture.store.verifyAudit().unsealed == 1)
            #expect(try await fixture.store.sealAudit(limit: 10, lookingAtAll: true) == 1)
            #expect(try await fixture.store.verifyAudit().broken == nil)
        }
    }
}
