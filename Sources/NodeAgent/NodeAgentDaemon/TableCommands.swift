import ArgumentParser
import CoordinatorLink
import DaemonRuntime
import Glibc
import Model
import PeerTable

struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "List the peer table: key, addresses, the revision that last changed the peer, and who lingers."
    )

    @OptionGroup var node: NodeOptions

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            let directory = try node.directory()
            try directory.becomeOwner()
            try Failure.wrapping(Failure.init) { () throws(TableError) in
                try PeerTable.open(directory.tablePath, copyIn: StateDirectory.memoryFolders).forEach { peer in
                    let addresses = peer.entry.allowedIPs.map(\.description).joined(separator: ",")
                    let mark = peer.entry.isLingering ? "\tlingering" : ""
                    print("\(peer.entry.publicKey)\t\(addresses)\t\(peer.revision)\(mark)")
                }
            }
        }
    }
}

struct ResetTableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-table",
        abstract: "Move a damaged peer table away and make an empty one, which the coordinator fills.",
        discussion: """
            The running peers stay: a table without history removes nobody, until the coordinator has sent the whole.
            Stop the agent first.
            """
    )

    @OptionGroup var node: NodeOptions

    @Flag(name: .long, help: "Do it.")
    var yes = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            guard yes else { throw Failure(.usage, "this moves the peer table away: say `--yes` to do it") }
            umask(0o077)
            let directory = try node.directory()
            try directory.becomeOwner()
            try directory.lock()
            print("moved the old table to \(try directory.resetTable())")
        }
    }
}

extension StateDirectory {
    /// Moves the table and its log away and makes an empty one with the same tunnel network, if that can be read.
    ///
    /// - Returns: the old table's new path.
    func resetTable(network: TunnelNetwork? = nil) throws(Failure) -> String {
        let known = network ?? (try? PeerTable(opening: tablePath))?.network ?? (try? nodeRecord())?.network
        let moved = "\(tablePath).\(SystemClock.now().seconds)"
        // The new one first, beside the old: a full disk must not leave the node without any.
        let fresh = "\(tablePath).new"
        for suffix in ["", "-wal", "-shm"] { unlink(fresh + suffix) }
        try Failure.wrapping(Failure.init) { () throws(TableError) in
            _ = try PeerTable.create(at: fresh, network: known)
        }
        for suffix in ["", "-wal", "-shm"] {
            guard rename(tablePath + suffix, moved + suffix) == 0 || errno == ENOENT else {
                throw Failure(call: "rename", tablePath + suffix)
            }
        }
        guard rename(fresh, tablePath) == 0 else { throw Failure(call: "rename", fresh) }
        return moved
    }
}
