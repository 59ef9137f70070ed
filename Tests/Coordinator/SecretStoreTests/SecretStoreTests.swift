import Cryptography
import DaemonRuntime
import Glibc
import Model
import Testing

@testable import SecretStore

@Suite struct SecretStoreTests {
    private let directory: String
    private let store: SecretStore
    private static let made = AuthoritySecrets(certificate: "CERT", privateKey: Secret("KEY"))

    init() {
        var template = Array("/tmp/holdfast-secrets-XXXXXX".utf8CString)
        directory = String(cString: mkdtemp(&template))
        store = SecretStore(directory: directory, environment: [:])
    }

    private func put(_ name: SecretName, _ text: String, mode: UInt32 = 0o600) throws {
        try DurableFile.write(Array(text.utf8), to: store.path(of: name), mode: mode)
    }

    @Test func `a secret comes without its line's end and describes itself as nothing`() throws {
        try put(.stripeWebhookSecret, "whsec_abc\r\n\n")
        let secret = try #require(try store.secret(.stripeWebhookSecret))
        #expect(secret.reveal() == "whsec_abc")
        #expect("\(secret)" == "<redacted>")
        #expect(try store.secret(.stripeAPIKey) == nil)
    }

    @Test func `a file that others may read is refused, with the remedy`() throws {
        try put(.stripeAPIKey, "sk_x", mode: 0o644)
        let error = #expect(throws: SecretError.self) { try store.secret(.stripeAPIKey) }
        #expect(error?.description.contains("chmod 600 \(store.path(of: .stripeAPIKey))") == true)
    }

    @Test func `an empty file is an error, not an empty secret`() throws {
        try put(.stripeWebhookSecret, "\n")
        #expect(throws: SecretError.empty(path: store.path(of: .stripeWebhookSecret))) {
            try store.secret(.stripeWebhookSecret)
        }
    }

    @Test func `a credential of systemd wins over the file`() throws {
        try put(.pepper, "file")
        let credentials = "\(directory)/credentials"
        #expect(mkdir(credentials, 0o700) == 0)
        try DurableFile.write(Array("credential".utf8), to: "\(credentials)/pepper", mode: 0o440)
        let both = SecretStore(directory: directory, environment: ["CREDENTIALS_DIRECTORY": credentials])
        #expect(try both.secret(.pepper)?.reveal() == "credential")
    }

    @Test func `the pepper is made once and stays the same`() throws {
        let first = try store.pepper(mayMake: true).hash([1], context: "x")
        #expect(try store.pepper(mayMake: false).hash([1], context: "x") == first)
        var facts = stat()
        #expect(stat(store.path(of: .pepper), &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test func `a pepper that is gone is not replaced when the database depends on it`() {
        #expect(throws: SecretError.lost(path: store.path(of: .pepper))) { try store.pepper(mayMake: false) }
    }

    @Test func `a new pepper verifies before it is in use, and the old one afterwards`() throws {
        let first = try store.pepper(mayMake: true).hash([1], context: "x")
        let prepared = try store.preparePepper()
        #expect(prepared.current.version == 1 && prepared.other?.version == 2)
        #expect(try store.peppers(mayMake: false).current.hash([1], context: "x") == first)
        #expect(throws: SecretError.pepperInRotation(path: store.path(of: .pepper))) { try store.preparePepper() }
        let switched = try store.switchPepper()
        #expect(switched.current.version == 2 && switched.other?.version == 1)
        #expect(switched.other?.hash([1], context: "x") == first)
        #expect(switched.current.hash([1], context: "x") == prepared.other?.hash([1], context: "x"))
        #expect(try store.forgetOtherPepper().other == nil)
        #expect(throws: SecretError.noOtherPepper(path: store.path(of: .pepper))) { try store.forgetOtherPepper() }
        #expect(throws: SecretError.noOtherPepper(path: store.path(of: .pepper))) { try store.switchPepper() }
        #expect(try store.preparePepper().other?.version == 3)
    }

    @Test(arguments: [
        "zz", "00ff", String(repeating: "0", count: 63), "0:" + String(repeating: "0", count: 64), "x:00",
        "1:" + String(repeating: "0", count: 64) + "\n" + String(repeating: "1", count: 64),
        "1:" + String(repeating: "0", count: 64) + "\n2:x",
    ])
    func `a damaged pepper is refused`(_ text: String) throws {
        try put(.pepper, text)
        #expect(throws: SecretError.notAPepper(path: store.path(of: .pepper))) { try store.pepper(mayMake: true) }
    }

    @Test func `the authority is made once`() throws {
        #expect(try store.authority() == nil)
        _ = try store.authority(mayMake: true) { Self.made }
        let again = try store.authority(mayMake: false) {
            Issue.record("a second authority was made")
            return Self.made
        }
        #expect(again.certificate == "CERT" && again.privateKey.reveal() == "KEY")
    }

    @Test func `a crash before the key was in place starts over`() throws {
        try DurableFile.write(Array("OLD\n".utf8), to: "\(directory)/ca.crt.new")
        _ = try store.authority(mayMake: true) { Self.made }
        #expect(try store.authority()?.certificate == "CERT")
    }

    @Test func `a crash after the key was in place is finished by the next start`() throws {
        try DurableFile.write(Array("CERT\n".utf8), to: "\(directory)/ca.crt.new", mode: 0o644)
        try put(.authorityKey, "KEY\n")
        let found = try store.authority(mayMake: false) { Self.made }
        #expect(found.certificate == "CERT" && found.privateKey.reveal() == "KEY")
    }

    @Test(arguments: [SecretName.authorityKey, .authorityCertificate])
    func `half an authority is refused and never replaced`(_ half: SecretName) throws {
        try put(half, "X")
        let other: SecretName = half == .authorityKey ? .authorityCertificate : .authorityKey
        let error = SecretError.incompleteAuthority(present: store.path(of: half), missing: store.path(of: other))
        #expect(throws: error) { try store.authority(mayMake: true) { Self.made } }
        #expect(try store.secret(half)?.reveal() == "X")
    }
}
