/// Why a file could not be read or written; each names the file and what to do.
public enum DurableFileError: Error, Hashable, Sendable {
    case missing(path: String)
    /// `reason` is the operating system's text.
    case failed(action: String, path: String, reason: String)
    case notAFile(path: String)
    /// Others than the owner may read or write it, although it holds a secret.
    case exposed(path: String, mode: UInt32)
    /// It belongs neither to this process's user nor to root.
    case foreignOwner(path: String, user: UInt32)
    case tooLarge(path: String, limit_bytes: Int)
    /// Only with `replacing: false`.
    case exists(path: String)
}

extension DurableFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let path):
            "\(path): there is no such file"
        case .failed(let action, let path, let reason):
            "\(path): cannot \(action): \(reason)"
        case .notAFile(let path):
            "\(path): not a regular file"
        case .exposed(let path, let mode):
            "\(path): readable or writable by others than its owner (mode 0\(String(mode, radix: 8))); "
                + "run: chmod 600 \(path)"
        case .foreignOwner(let path, let user):
            "\(path): belongs to user \(user), who could change it; give it to the user that runs this program"
        case .tooLarge(let path, let limit):
            "\(path): larger than \(limit) bytes"
        case .exists(let path):
            "\(path): exists already and is not replaced"
        }
    }
}
