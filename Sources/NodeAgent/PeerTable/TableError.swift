/// Why the peer table cannot be used. Each says what the operator can do; none touches the running tunnels.
public enum TableError: Error, Hashable, Sendable {
    /// No file: the node was never enrolled, or somebody removed the table.
    case missing(path: String)
    /// Not a database, a damaged one, or rows that do not add up to the stored digest.
    case corrupt(path: String, detail: String)
    /// Written by a later version of the agent.
    case newerSchema(path: String, version: Int)
    case readOnly(path: String)
    case permission(path: String)
    /// No space left on the disk (SQLITE_FULL). The table is as before.
    case full(path: String)
    /// Another process holds the table for longer than the wait of 5 seconds.
    case locked(path: String)
    /// The disk failed, or anything else: SQLite's extended result code and text.
    case inputOutput(path: String, code: Int32, detail: String)

    /// Whether waiting may mend it: a full or a busy disk.
    public var isPassing: Bool {
        switch self {
        case .full, .locked, .inputOutput, .readOnly: true
        case .missing, .corrupt, .newerSchema, .permission: false
        }
    }
}

extension TableError {
    /// Whether it may come of a disk that has no room for the log's index.
    var mayLackSharedMemory: Bool {
        switch self {
        case .full, .inputOutput: true
        default: false
        }
    }
}

extension TableError {
    /// Whether only writing is what the disk does not do.
    var keepsFromWriting: Bool {
        switch self {
        case .readOnly, .full: true
        default: false
        }
    }
}

extension TableError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let path):
            "the peer table \(path) does not exist, so the running peers are left alone: enrol this node, "
                + "or make an empty table with `holdfast-agent reset-table --yes`, which the coordinator then fills"
        case .corrupt(let path, let detail):
            "the peer table \(path) is damaged (\(detail)), so the running peers are left alone: check the disk, then "
                + "run `holdfast-agent reset-table --yes`, which moves the file away; the coordinator fills a new one"
        case .newerSchema(let path, let version):
            "the peer table \(path) has layout \(version), which is newer than this agent: install the newer agent"
        case .readOnly(let path):
            "the peer table \(path) is read-only: remount its file system writable"
        case .permission(let path):
            "the peer table \(path) may not be opened: run the agent as root, or fix the file's owner and mode"
        case .full(let path):
            "no space is left for the peer table \(path): free some; the agent goes on by itself"
        case .locked(let path):
            "another process holds the peer table \(path)"
        case .inputOutput(let path, let code, let detail):
            "the peer table \(path) cannot be used: \(detail) (SQLite \(code))"
        }
    }
}
