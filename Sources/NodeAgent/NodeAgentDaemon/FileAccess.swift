import Glibc

/// Questions about files that need no descriptor.
enum FileAccess {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
    static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }
}
