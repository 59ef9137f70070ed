import Cryptography
import DaemonRuntime
import Glibc
import Model
import Testing

@testable import SecretStore

@Suite struct AuditKeyFileTests {
    private let store: SecretStore

    init() {
        var template = Array("/tmp/holdfast-secrets-XXXXXX".utf8CString)
        store = SecretStore(directory: String(cString: mkdtemp(&template)), environment: [:])
    }

    private func put(_ text: String) throws {
        try DurableFile.write(Array(text.utf8), to: store.path(of: .auditKey))
    }

    @Test func `the audit key is made once, for its owner alone, and notes where the log stood`() throws {
        let mark = AuditKeys.Mark(position: 7, hash: [UInt8](repeating: 5, count: 32))
        let made = try store.auditKeys(mayMake: true, unkeyedPart: mark)
        let again = try store.auditKeys(mayMake: false, unkeyedPart: nil)
        #expect(again.unkeyedPart == mark && again.current.check == made.current.check)
        var facts = stat()
        #expect(stat(store.path(of: .auditKey), &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test func `a key that is gone is not replaced when the log is sealed by it`() {
        #expect(throws: SecretError.auditKeyLost(path: store.path(of: .auditKey))) {
            try store.auditKeys(mayMake: false, unkeyedPart: nil)
        }
    }

    @Test func `a new key verifies before it seals, and the old one stays`() throws {
        let mark = AuditKeys.Mark(position: 7, hash: [UInt8](repeating: 5, count: 32))
        let first = try store.auditKeys(mayMake: true, unkeyedPart: mark)
        #expect(throws: SecretError.noOtherAuditKey(path: store.path(of: .auditKey))) { try store.switchAuditKey() }
        let prepared = try store.prepareAuditKey()
        #expect(prepared.current.check == first.current.check && prepared.all.count == 2)
        #expect(throws: SecretError.auditKeyInRotation(path: store.path(of: .auditKey))) { try store.prepareAuditKey() }
        let switched = try store.switchAuditKey()
        #expect(switched.current.version == 2 && switched.all[1]?.check == first.current.check)
        #expect(switched.unkeyedPart == mark)
        #expect(try store.prepareAuditKey().all.count == 3)
    }

    @Test(arguments: [
        "zz", "1:00", "0:" + String(repeating: "0", count: 64), "after 3:" + String(repeating: "0", count: 64),
        "1:" + String(repeating: "0", count: 64) + "\n1:" + String(repeating: "1", count: 64),
        "1:" + String(repeating: "0", count: 64) + "\nafter 0:" + String(repeating: "1", count: 64),
        "1:" + String(repeating: "0", count: 64) + "\nafter 3:00", String(repeating: "0", count: 64),
    ])
    func `a damaged audit key is refused`(text: String) throws {
        try put(text)
        #expect(throws: SecretError.notAnAuditKey(path: store.path(of: .auditKey))) {
            try store.auditKeys(mayMake: true, unkeyedPart: nil)
        }
    }
}
