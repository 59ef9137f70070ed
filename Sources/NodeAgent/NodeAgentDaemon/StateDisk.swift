import DaemonRuntime
import Glibc

/// Whether the disk that the state directory lies on can be written again, after it was read-only.
///
/// A service that systemd confines has mounts of its own (`ProtectSystem=`), made when it started. One that was made while
/// the disk was read-only stays so for as long as the service runs, although the disk itself, which proc_pid_mountinfo(5)
/// tells apart as the file system's options, can be written again. Only a new start gets new mounts.
struct StateDisk {
    let path: String
    /// The disk could not be written at the start: so its return is news. A mount that is read-only on purpose, on a disk
    /// that is not, must not make the agent start again and again.
    private let wasReadOnly: Bool

    init(path: String, mounts: MountTable = .current()) {
        self.path = path
        wasReadOnly = mounts.isFileSystemReadOnly(under: path) ?? false
    }

    func isWritableAgain(mounts: MountTable = .current()) -> Bool {
        if FileAccess.isWritable(path) { return hasRoom }
        return wasReadOnly && mounts.isFileSystemReadOnly(under: path) == false
    }
}

extension StateDisk {
    /// Room for the table in a new layout and for its log: a copy in memory is also what a full disk leads to.
    private var hasRoom: Bool {
        var status = stat()
        guard stat(path, &status) == 0, let free_bytes = Self.free_bytes(path) else { return false }
        return free_bytes >= 2 * UInt64(max(0, status.st_size)) + 1 << 20
    }

    /// What is free for the agent's user; nil where it cannot be asked.
    static func free_bytes(_ directory: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}

/// The mounts that this process sees, as /proc/self/mountinfo tells them.
struct MountTable {
    private struct Entry {
        let point: String
        let isFileSystemReadOnly: Bool
    }

    private let entries: [Entry]

    /// Lines of another form are passed over: what they say is not known.
    init(text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG…] - TYPE SOURCE SUPER-OPTIONS
            let fields = line.split(separator: " ")
            guard fields.count >= 10, let dash = fields.lastIndex(of: "-"), dash >= 6, fields.count > dash + 3 else {
                return nil
            }
            return Entry(
                point: Self.unescaped(fields[4]),
                isFileSystemReadOnly: fields[dash + 3].split(separator: ",").contains("ro")
            )
        }
    }

    static func current() -> MountTable {
        let bytes = try? DurableFile.read("/proc/self/mountinfo", limit_bytes: 1 << 22)
        return MountTable(text: String(decoding: bytes ?? [], as: UTF8.self))
    }

    /// Of the mount that holds the path: the longest point that is a folder above it, and of several there the last.
    ///
    /// - Returns: nil where no mount is known that holds it.
    func isFileSystemReadOnly(under path: String) -> Bool? {
        var best: Entry?
        for entry in entries where Self.holds(entry.point, path) && entry.point.count >= (best?.point.count ?? 0) {
            best = entry
        }
        return best?.isFileSystemReadOnly
    }

    private static func holds(_ point: String, _ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Space, tab, newline and backslash are written in octal, as `\040`.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
