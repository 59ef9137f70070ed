import Cryptography
import Database
import Model
import Store
import Testing

/// The audit log's key, which whoever writes to the database does not have, and its anchors.
@Suite(.timeLimit(.minutes(10))) struct AuditKeyTests {
    private static let first = AuditKey(version: 1, key: [UInt8](repeating: 1, count: 32))!
    private static let second = AuditKey(version: 2, key: [UInt8](repeating: 2, count: 32))!
    private static let keys = AuditKeys([first])!
    private static let path = "/var/lib/holdfast-coordinator/audit-anchors"

    /// A log of six entries, sealed by the first key.
    private func withSealed(_ body: (Fixture, Store) async throws -> Void) async throws {
        try await Fixture.with { fixture in
            let store = fixture.store.with(try await fixture.store.bindAuditKeys { _, _ in Self.keys })
            for number in 1...6 { try await write("entry \(number)", fixture) }
            #expect(try await store.sealAudit(limit: 100, lookingAtAll: false) == 6)
            try await body(fixture, store)
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

    /// What somebody does who may write to the database and knows this program, but not the key: the note of the key is
    /// taken away, and the chain is sealed anew from a position on as if there had never been a key.
    ///
    /// - Parameter keyVersion: what the new seals say of their key.
    private func sealAnew(from position: Int64, _ fixture: Fixture, keyVersion: Int16? = nil) async throws {
        let versions = Statement("SELECT key_version FROM audit_seals WHERE position < $1 ORDER BY position")
        let before = try await fixture.store.pool.query(versions.with(.int64(position))) { rows in
            try rows.map { try $0.optionalInt16("key_version") }
        }
        try await execute("CREATE TABLE saved_keys AS SELECT * FROM audit_keys", fixture)
        try await execute("DELETE FROM audit_keys", fixture)
        try await execute("DELETE FROM audit_seals WHERE position >= $1", fixture, .int64(position))
        try await execute("UPDATE audit_seals SET key_version = NULL", fixture)
        try await fixture.store.sealAudit(limit: 1000, lookingAtAll: true)
        try await execute("UPDATE audit_seals SET key_version = $1", fixture, .int16(keyVersion))
        try await execute(
            """
            UPDATE audit_seals SET key_version = v.version
            FROM unnest($1::smallint[]) WITH ORDINALITY AS v (version, position) WHERE v.position = audit_seals.position
            """,
            fixture,
            .int16Array(before)
        )
        try await execute("INSERT INTO audit_keys SELECT * FROM saved_keys", fixture)
    }

    private func anchors(_ heads: [AuditAnchor], _ beginning: AuditAnchors.Beginning = .first) -> AuditAnchors {
        var anchors = AuditAnchors(beginning: beginning, at: Fixture.now)
        for head in heads { anchors.add(head) }
        return anchors
    }

    @Test func `a log that is as it was holds, up to its anchor`() async throws {
        try await withSealed { _, store in
            let head = try #require(try await store.auditHead(now: Fixture.now))
            let found = try await store.verifyAudit(anchors: .found(anchors([head])))
            #expect(found.isIntact && found.verified == 6)
            #expect(found.anchoring == .held(position: 6, since: Fixture.now))
        }
    }

    @Test(arguments: [
        (Int16?.none, AuditVerification.Break.Reason.notKeyed), (Int16?(1), .entryChanged), (Int16?(2), .keyUnknown),
    ])
    func `an entry that was rewritten, with the chain sealed anew, is found where it is`(
        keyVersion: Int16?,
        reason: AuditVerification.Break.Reason
    ) async throws {
        try await withSealed { fixture, store in
            try await execute("UPDATE audit_entries SET detail = 'other' WHERE detail = 'entry 3'", fixture)
            try await sealAnew(from: 3, fixture, keyVersion: keyVersion)
            let broken = try #require(try await store.verifyAudit().broken)
            #expect(broken.position == 3 && broken.reason == reason)
        }
    }

    @Test func `a chain that was sealed anew from its beginning is found at its beginning`() async throws {
        try await withSealed { fixture, store in
            try await sealAnew(from: 1, fixture)
            #expect(try await store.verifyAudit().broken?.position == 1)
        }
    }

    @Test func `an end that was cut off is found by the anchor, also when the log has grown again`() async throws {
        try await withSealed { fixture, store in
            let head = try #require(try await store.auditHead(now: Fixture.now))
            let reading = AuditAnchorReading.found(anchors([head]))
            try await execute("DELETE FROM audit_seals WHERE position > 4", fixture)
            try await execute("DELETE FROM audit_entries WHERE detail IN ('entry 5', 'entry 6')", fixture)
            #expect(try await store.verifyAudit().isIntact)
            #expect(try await !store.stillHolds(head))
            let cut = try await store.verifyAudit(anchors: reading)
            #expect(cut.broken?.position == 5 && cut.broken?.reason == .entryRemoved && !cut.isIntact)
            for _ in 0..<3 { try await write("instead", fixture) }
            try await store.sealAudit(limit: 10)
            #expect(try await !store.stillHolds(head))
            let grown = try await store.verifyAudit(anchors: reading)
            #expect(grown.broken?.position == 6 && grown.broken?.reason == .headDiffers)
        }
    }

    @Test func `a file of anchors that is gone, was begun anew, or cannot be read is said`() async throws {
        try await withSealed { _, store in
            let head = try #require(try await store.auditHead(now: Fixture.now))
            for (reading, name) in [
                (AuditAnchorReading.missing(path: Self.path), "missing"),
                (.unreadable(path: Self.path, reason: "input/output error"), "unreadable"),
                (.found(anchors([head], .afterLoss)), "begun-anew"),
            ] {
                let found = try await store.verifyAudit(anchors: reading)
                #expect(found.broken == nil && !found.isIntact)
                #expect(found.anchoring.name == name && found.anchoring.fault != nil)
            }
            #expect(try await store.verifyAudit(anchors: .found(anchors([head], .accepted))).isIntact)
        }
    }

    @Test func `an anchor that was made without the key is found`() async throws {
        try await withSealed { _, store in
            let other = AuditKey(version: 1, key: [UInt8](repeating: 9, count: 32))!
            let head = try #require(try await store.auditHead(now: Fixture.now))
            let forged = AuditAnchor(at: Fixture.now, position: 4, hash: head.hash, key: other)
            let found = try await store.verifyAudit(anchors: .found(anchors([head, forged])))
            #expect(found.anchoring == .forged(position: 4) && !found.isIntact)
        }
    }

    @Test func `anchors are read as they were written, and nothing else is`() {
        let kept = anchors(
            (1...3).map { position in
                AuditAnchor(at: Fixture.now, position: position, hash: .init(repeating: 7, count: 32), key: Self.first)
            }
        )
        #expect(AuditAnchors(text: kept.text) == kept)
        for text in [
            "", "begun", "begun yesterday first", kept.text + "x", kept.text.replacing("position=2", with: "p=2"),
        ] {
            #expect(AuditAnchors(text: text) == nil)
        }
        var many = kept
        for position in 4...1000 {
            many.add(
                AuditAnchor(at: Fixture.now, position: Int64(position), hash: kept.anchors[0].hash, key: Self.first)
            )
        }
        #expect(many.anchors.count == AuditAnchors.countMax && many.anchors.last?.position == 1000)
    }

    @Test func `a log from before there was a key is vouched for by the key's note of where it stood`() async throws {
        try await Fixture.with { fixture in
            for number in 1...4 { try await write("entry \(number)", fixture) }
            #expect(try await fixture.store.sealAudit(limit: 100) == 4)
            let keys = try await fixture.store.bindAuditKeys { mayMake, head in
                #expect(mayMake && head?.position == 4)
                return AuditKeys([Self.first], unkeyedPart: head)!
            }
            let store = fixture.store.with(keys)
            try await write("entry 5", fixture)
            // An instance of the version before still seals without a key: nothing comes of it.
            _ = try? await fixture.store.sealAudit(limit: 100)
            try await store.sealAudit(limit: 100)
            let found = try await store.verifyAudit()
            #expect(found.isIntact && found.verified == 5)
            // Its own part cannot be rewritten either, though nobody needs a key to seal it.
            try await execute("UPDATE audit_entries SET detail = 'other' WHERE detail = 'entry 2'", fixture)
            try await sealAnew(from: 2, fixture)
            let broken = try #require(try await store.verifyAudit().broken)
            #expect(broken.position == 4 && broken.reason == .headDiffers)
        }
    }

    @Test func `the key's successor seals on, and what the first has sealed verifies`() async throws {
        try await withSealed { fixture, store in
            let both = AuditKeys([Self.second, Self.first])!
            let next = fixture.store.with(try await fixture.store.bindAuditKeys { _, _ in both })
            try await write("entry 7", fixture)
            try await next.sealAudit(limit: 10)
            // An instance that has both and still seals by the first goes on with the newer.
            try await write("entry 8", fixture)
            try await fixture.store.with(AuditKeys([Self.first, Self.second])!).sealAudit(limit: 10)
            let found = try await next.verifyAudit()
            #expect(found.isIntact && found.verified == 8)
            // One that lacks it seals nothing, and cannot verify.
            try await write("entry 9", fixture)
            await #expect(throws: AuditKeyError.unknown(version: 2)) { try await store.sealAudit(limit: 10) }
            #expect(try await store.verifyAudit().broken?.reason == .keyUnknown)
            // Nobody goes back to the first.
            try await execute("UPDATE audit_seals SET key_version = 1 WHERE position = 8", fixture)
            #expect(try await next.verifyAudit().broken?.position == 8)
        }
    }

    @Test func `a second coordinator without the key, or with another, is refused`() async throws {
        try await withSealed { fixture, _ in
            struct Lost: Error {}
            await #expect(throws: Lost.self) {
                try await fixture.store.bindAuditKeys { mayMake, _ in
                    #expect(!mayMake)
                    throw Lost()
                }
            }
            let other = AuditKeys([AuditKey(version: 1, key: [UInt8](repeating: 9, count: 32))!])!
            await #expect(throws: AuditKeyError.another(version: 1)) {
                try await fixture.store.bindAuditKeys { _, _ in other }
            }
            await #expect(throws: AuditKeyError.unknown(version: 1)) {
                try await fixture.store.bindAuditKeys { _, _ in AuditKeys([Self.second])! }
            }
        }
    }

    @Test func `eight coordinators that start at once make one key`() async throws {
        try await Fixture.with { fixture in
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in UInt8(1)...8 {
                    group.addTask {
                        do {
                            _ = try await fixture.store.bindAuditKeys { mayMake, _ in
                                guard mayMake else { throw AuditKeyError.unknown(version: 1) }
                                return AuditKeys([AuditKey(version: 1, key: .init(repeating: number, count: 32))!])!
                            }
                            return true
                        } catch is AuditKeyError {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
        }
    }

    @Test func `a key that was made for another log is refused, and so is a log that was rewritten before it`()
        async throws
    {
        try await Fixture.with { fixture in
            try await write("entry 1", fixture)
            try await fixture.store.sealAudit(limit: 10)
            for part in [nil, AuditKeys.Mark(position: 1, hash: [UInt8](repeating: 3, count: 32))] {
                await #expect(throws: AuditKeyError.unkeyedPartDiffers) {
                    try await fixture.store.bindAuditKeys { _, _ in AuditKeys([Self.first], unkeyedPart: part)! }
                }
            }
        }
    }

    @Test func `a place that keeps anchors is known from the second time on`() async throws {
        try await Fixture.with { fixture in
            var known: [Bool] = []
            for place in ["one:/a", "one:/a", "two:/a"] {
                known.append(try await fixture.store.noteAnchorPlace(place, now: Fixture.now))
            }
            #expect(known == [false, true, false])
        }
    }
}
