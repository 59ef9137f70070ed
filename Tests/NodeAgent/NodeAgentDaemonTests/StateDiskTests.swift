import Testing

@testable import NodeAgentDaemon

struct StateDiskTests {
    private static func mounts(root: String, state: String, service: String) -> MountTable {
        MountTable(
            text: """
                22 1 254:1 / / \(root) shared:1 - ext4 /dev/vda rw,errors=remount-ro
                30 22 0:5 / /dev rw,nosuid - devtmpfs udev rw,size=1k
                41 22 7:0 / /var/lib/holdfast-agent \(service) master:9 - ext4 /dev/loop0 \(state)
                nonsense
                42 22 0:9 / /mnt/with\\040space rw - tmpfs tmpfs ro
                """
        )
    }
    private static let path = "/var/lib/holdfast-agent/table.db"

    @Test func `the file system's own options are read, of the mount that holds the path`() {
        let table = Self.mounts(root: "ro", state: "ro,relatime", service: "rw")
        #expect(table.isFileSystemReadOnly(under: Self.path) == true)
        #expect(table.isFileSystemReadOnly(under: "/var/lib/holdfast-agent2/table.db") == false)
        #expect(table.isFileSystemReadOnly(under: "/mnt/with space/x") == true)
        #expect(MountTable(text: "").isFileSystemReadOnly(under: Self.path) == nil)
    }

    @Test func `a mount that stays read-only on a disk that can be written again is news`() {
        let disk = StateDisk(path: Self.path, mounts: Self.mounts(root: "rw", state: "ro", service: "ro"))
        #expect(!disk.isWritableAgain(mounts: Self.mounts(root: "rw", state: "ro", service: "ro")))
        #expect(disk.isWritableAgain(mounts: Self.mounts(root: "rw", state: "rw", service: "ro")))
    }

    @Test func `a mount that is read-only on purpose starts nothing anew`() {
        let asIs = Self.mounts(root: "rw", state: "rw", service: "ro")
        #expect(!StateDisk(path: Self.path, mounts: asIs).isWritableAgain(mounts: asIs))
    }
}
