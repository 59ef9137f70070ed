import Cryptography
import DaemonRuntime
import Glibc
import Model

/// Whether WireGuard's key on disk is the one that the node enrolled with. Read again only when the file has changed.
struct KeyWatch {
    private struct Mark: Hashable {
        let inode: UInt64
        let seconds: Int
        let nanoseconds: Int
        let mode: UInt32
    }

    private let directory: StateDirectory
    private let enrolled: PublicKey
    private var mark: Mark?
    private var hasLooked = false
    private(set) var flaw: String?

    init(_ directory: StateDirectory, enrolled: PublicKey) {
        self.directory = directory
        self.enrolled = enrolled
    }

    mutating func look() {
        let present = Self.mark(directory.wireguardKey.path)
        guard !hasLooked || present != mark else { return }
        hasLooked = true
        mark = present
        do throws(Failure) {
            flaw = Self.flaw(of: try directory.wireguardKeyPair().publicKey, enrolled: enrolled)
        } catch {
            flaw = error.message
        }
    }

    static func flaw(of key: PublicKey, enrolled: PublicKey) -> String? {
        key == enrolled
            ? nil
            : "wireguard.key is another key than the one that this node enrolled with; the interface keeps its own"
    }

    private static func mark(_ path: String) -> Mark? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return Mark(
            inode: UInt64(facts.st_ino),
            seconds: facts.st_ctim.tv_sec,
            nanoseconds: facts.st_ctim.tv_nsec,
            mode: facts.st_mode
        )
    }
}
