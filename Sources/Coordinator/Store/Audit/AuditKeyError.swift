/// Why the audit log's key and its chain do not go together.
public enum AuditKeyError: Error, Hashable, Sendable {
    /// The chain goes on from a seal of a key that is not here.
    case unknown(version: Int16)
    /// The database was first sealed by another key of this version.
    case another(version: Int16)
    /// The log is sealed without the key beyond where it was when the key was made, or not as it was then.
    case unkeyedPartDiffers
}

extension AuditKeyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknown(let version):
            "secret audit-key: the audit log is sealed by version \(version), which is not in it; copy it from the coordinator where the key was made"
        case .another(let version):
            "secret audit-key: the audit log is sealed by another key of version \(version); copy it from the coordinator where the key was made"
        case .unkeyedPartDiffers:
            "secret audit-key: the part of the audit log that has no key is not the one that the key was made for; if the key was made by a start that failed, remove the file and start again, else find out who has written to the database"
        }
    }
}
