import DaemonRuntime
import Glibc
import Model

/// Secrets in files of a directory, or as systemd credentials, which win.
///
/// Files that group or others may touch are refused. systemd guards its directory itself, and gives its files modes
/// and access lists of its own.
public struct SecretStore: Sendable {
    private static let limit_bytes = 64 << 10

    let directory: String
    private let credentialsDirectory: String?

    /// - Parameter environment: `CREDENTIALS_DIRECTORY` is looked at (systemd.exec(5)).
    public init(directory: String, environment: [String: String]) {
        self.directory = directory
        credentialsDirectory = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where the secret is kept when systemd does not give it.
    public func path(of name: SecretName) -> String { "\(directory)/\(name.rawValue)" }

    /// The secret without trailing line breaks, or nil when it is nowhere.
    public func secret(_ name: SecretName) throws(SecretError) -> Secret<String>? {
        if let credentialsDirectory {
            let path = "\(credentialsDirectory)/\(name.rawValue)"
            if let found = try Self.read(path, ownerOnly: false) { return found }
        }
        return try Self.read(path(of: name), ownerOnly: name != .authorityCertificate)
    }

    static func read(_ path: String, ownerOnly: Bool) throws(SecretError) -> Secret<String>? {
        var bytes: [UInt8]
        do throws(DurableFileError) {
            bytes = try DurableFile.read(path, limit_bytes: limit_bytes, ownerOnly: ownerOnly)
        } catch .missing {
            return nil
        } catch {
            throw .file(error)
        }
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .empty(path: path) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
        return Secret(text)
    }

    static func write(
        _ secret: Secret<String>,
        to path: String,
        mode: UInt32 = 0o600,
        replacing: Bool = false
    ) throws(SecretError) {
        var text = secret.reveal()
        if text.last?.isNewline != true { text += "\n" }
        do {
            try DurableFile.write(Array(text.utf8), to: path, mode: mode, replacing: replacing)
        } catch {
            throw .file(error)
        }
    }

    /// Runs `body` with the directory made and locked, so that two coordinators that start at once make one secret.
    func whileLocked<Value>(_ body: () throws(SecretError) -> Value) throws(SecretError) -> Value {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw failure("create") }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("lock") }
        }
        return try body()
    }

    private func failure(_ action: String) -> SecretError {
        .file(.failed(action: action, path: directory, reason: String(cString: strerror(errno))))
    }
}
