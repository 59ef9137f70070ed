import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import Model

/// The agent's files. Everything is for the owner only.
struct StateDirectory {
    let path: String

    /// Key, certificate and authority of the link; written last at enrolment, so its presence means "enrolled".
    var identity: PrivateFile { PrivateFile(path: path + "/identity.pem") }
    /// The TLS key until the first certificate for it is there.
    var enrolmentKey: PrivateFile { PrivateFile(path: path + "/enrolment-key.pem") }
    /// WireGuard's private key, in base64.
    var wireguardKey: PrivateFile { PrivateFile(path: path + "/wireguard.key") }
    var record: PrivateFile { PrivateFile(path: path + "/node.conf") }
    var tablePath: String { path + "/table.db" }

    /// Makes the directory, with mode 0700, where there is none, and goes on as its owner.
    func create() throws(Failure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(call: "mkdir", path) }
        try becomeOwner()
    }

    /// For root's commands: see ``DirectoryOwner``.
    func becomeOwner() throws(Failure) {
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in try DirectoryOwner.become(of: path) }
    }

    /// Keeps a second agent, or an enrolment, away from the same files until this process ends.
    func lock() throws(Failure) {
        let file = path + "/lock"
        var descriptor = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        // The tunnels come up from a read-only disk too.
        if descriptor < 0, errno == EROFS { descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if errno == ENOENT { throw notEnrolled }
            throw Failure(call: "open", file)
        }
        // The descriptor stays open on purpose: the lock goes when the process does, however that ends.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(.temporaryFailure, "another holdfast-agent is using \(path)")
        }
    }

    /// Whether an agent, or an enrolment, has the lock.
    var isInUse: Bool {
        let descriptor = open(path + "/lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// Where a copy of the table may be made, the unit's own folder first.
    static let memoryFolders = ["/run/holdfast-agent", "/dev/shm", "/run", "/tmp"]

    var notEnrolled: Failure {
        Failure(.configuration, "this node is not enrolled (\(path)): run `holdfast-agent enroll` with a join token")
    }

    func read(_ file: PrivateFile) throws(Failure) -> Secret<[UInt8]> {
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in try file.read() }
    }

    func write(_ content: Secret<[UInt8]>, to file: PrivateFile) throws(Failure) {
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in try file.write(content) }
    }

    func nodeRecord() throws(Failure) -> NodeRecord {
        let text = String(decoding: try read(record).reveal(), as: UTF8.self)
        guard let record = NodeRecord(text: text) else {
            throw Failure(.configuration, "\(record.path) is damaged: enrol this node again with `--force`")
        }
        return record
    }

    func linkIdentity() throws(Failure) -> Identity {
        let pem = try read(identity)
        return try Failure.wrapping({ (flaw: Identity.Flaw) in
            Failure(.configuration, "\(identity.path): \(flaw); enrol this node again with `--force`")
        }) { () throws(Identity.Flaw) in try Identity.parse(pem: pem) }
    }

    func wireguardKeyPair() throws(Failure) -> WireGuardKeyPair {
        let text = String(decoding: try read(wireguardKey).reveal(), as: UTF8.self)
        let line = text.prefix { $0 != "\n" }
        guard let pair = Base64.decode(line).flatMap({ WireGuardKeyPair(privateKey: $0) }) else {
            throw Failure(.configuration, "\(wireguardKey.path) holds no WireGuard key")
        }
        return pair
    }
}
