import DaemonRuntime

/// Why a secret cannot be had; each text names the file and the remedy.
public enum SecretError: Error, Hashable, Sendable {
    case file(DurableFileError)
    case notText(path: String)
    case empty(path: String)
    case notAPepper(path: String)
    /// There are two peppers already.
    case pepperInRotation(path: String)
    case noOtherPepper(path: String)
    case notAnAuditKey(path: String)
    /// The log is sealed by a key, which is not here.
    case auditKeyLost(path: String)
    /// A newer key is there already, and does not seal yet; or there are as many as there can be.
    case auditKeyInRotation(path: String)
    case noOtherAuditKey(path: String)
    /// One half of the authority is there, the other is not.
    case incompleteAuthority(present: String, missing: String)
    /// It is missing, and a new one would not fit what the database holds.
    case lost(path: String)
    /// What the maker of a new secret said.
    case notMade(path: String, reason: String)
}

extension SecretError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .notText(let path): "\(path): not UTF-8 text; a secret is one"
        case .empty(let path): "\(path): empty; write the secret into it, or remove the file"
        case .notAPepper(let path):
            "\(path): must hold one or two lines of 64 to 128 hexadecimal digits, behind a version and a colon or alone; restore it from a backup"
        case .pepperInRotation(let path):
            "\(path): holds two peppers already; end the one that is not in use with 'holdfast-coordinator pepper forget'"
        case .noOtherPepper(let path):
            "\(path): holds one pepper; make another with 'holdfast-coordinator pepper prepare'"
        case .notAnAuditKey(let path):
            "\(path): must hold lines of a version, a colon and 64 to 128 hexadecimal digits, and at most one line 'after POSITION:HASH'; copy it from another coordinator, or restore it from a backup"
        case .auditKeyLost(let path):
            "\(path): missing, but the audit log is sealed by it; copy it from another coordinator, or restore it from a backup"
        case .auditKeyInRotation(let path):
            "\(path): holds a key already that does not seal yet, or 16 keys; take the newest into use with 'holdfast-coordinator audit switch-key'"
        case .noOtherAuditKey(let path):
            "\(path): the newest key seals already; make another with 'holdfast-coordinator audit prepare-key'"
        case .incompleteAuthority(let present, let missing):
            "\(missing): missing, although \(present) is there; restore both from a backup, "
                + "or remove both if no node has enrolled yet"
        case .lost(let path):
            "\(path): missing, but the database knows nodes or tokens that depend on it; restore it from a backup"
        case .notMade(let path, let reason): "\(path): cannot be made: \(reason)"
        }
    }
}
