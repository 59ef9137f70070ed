import CSQLite
import Glibc

extension PeerTable {
    /// The table of a disk that cannot be written, such as one that the kernel mounted read-only after an error, or a
    /// full one with a table of an earlier layout: the tunnels come back from a copy in memory, which takes no change.
    ///
    /// SQLite reads no write-ahead log that it may not write beside, and without its log the table would be an old one.
    ///
    /// - Parameter folders: where the copy may lie for the moment of its opening, in the order to be tried.
    /// - Throws: what opening the table itself threw, where that was not about writing or no folder takes the copy.
    public static func open(_ path: String, copyIn folders: [String]) throws(TableError) -> PeerTable {
        do throws(TableError) {
            guard !isOnReadOnlyDisk(path) else { throw TableError.readOnly(path: path) }
            return try PeerTable(opening: path)
        } catch {
            guard error.keepsFromWriting else { throw error }
            for folder in folders {
                guard let copy = TableCopy(of: path, in: folder) else { continue }
                // Without its names the copy lives as long as the connection; nobody else can find it.
                defer { copy.unlink() }
                do throws(TableError) {
                    let connection = try Connection(path: copy.path, flags: SQLITE_OPEN_READWRITE)
                    // Nobody shares it, so that it needs no index of the log on disk.
                    try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                    return try PeerTable(reading: connection, copiedFrom: path)
                } catch {
                    // A folder without room; a damaged table is damaged in every folder.
                    guard error.isPassing else { throw error }
                }
            }
            throw error
        }
    }

    private static func isOnReadOnlyDisk(_ path: String) -> Bool {
        var status = statvfs()
        return statvfs(path, &status) == 0 && status.f_flag & UInt(ST_RDONLY) != 0
    }
}

/// A table's file and its log, in a folder of their own.
private struct TableCopy {
    private let folder: String

    var path: String { folder + "/table.db" }

    /// Nil where the folder takes no copy, or the files cannot be read.
    init?(of original: String, in parent: String) {
        var template = Array("\(parent)/holdfast-table.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        guard Self.copy(original, to: path), Self.copy(original + "-wal", to: path + "-wal") else {
            unlink()
            return nil
        }
    }

    func unlink() {
        for suffix in ["", "-wal", "-shm", "-journal"] { Glibc.unlink(path + suffix) }
        rmdir(folder)
    }

    /// True also for a file that is not there: a table that was closed in good order has no log.
    private static func copy(_ source: String, to target: String) -> Bool {
        let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { return errno == ENOENT }
        defer { close(input) }
        let output = Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { return false }
        defer { close(output) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &chunk, chunk.count)
            guard count != 0 else { return true }
            guard count > 0, write(output, chunk, count) == count else { return false }
        }
    }
}
