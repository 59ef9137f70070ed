import DaemonRuntime
import Glibc
import Model

/// A small file for the owner's eyes only, replaced as a whole or not at all.
struct PrivateFile: Hashable {
    let path: String
    /// 1 MiB.
    private static let byteCountMax = 1 << 20

    var exists: Bool { FileAccess.exists(path) }

    func read() throws(DurableFileError) -> Secret<[UInt8]> {
        Secret(try DurableFile.read(path, limit_bytes: Self.byteCountMax, ownerOnly: true))
    }

    func write(_ content: Secret<[UInt8]>) throws(DurableFileError) {
        try DurableFile.write(content.reveal(), to: path)
    }

    func remove() throws(DurableFileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .failed(action: "remove", path: path, reason: String(cString: strerror(errno)))
        }
    }
}
