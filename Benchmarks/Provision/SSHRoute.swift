import Foundation
import LabSupport

/// What the field does today: `wg set` on the node through ssh, on an interface of its own beside the agent's.
final class SSHRoute {
    private static let interface = "wgssh0"
    private static let port = 2222
    private let node: Node
    private let folder: String
    private let server: Daemon
    private let master: Daemon

    /// Starts an sshd with keys of its own in the node's namespace, and opens the control connection.
    init(node: Node, lab: Lab) throws {
        self.node = node
        folder = "\(lab.directory)/ssh"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for key in ["host", "client"] {
            try Host.own.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)")
        }
        try Self.serverConfiguration(folder, address: node.address)
            .write(toFile: "\(folder)/sshd_config", atomically: true, encoding: .utf8)
        // Where sshd's unprivileged half lives, and what its unit would have made.
        try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        try Self.hideShellStartUp()
        try node.host.run("ip", "link", "add", Self.interface, "type", "wireguard")
        try node.host.run("ip", "link", "set", Self.interface, "up")
        server = try node.host.start(
            "sshd",
            ["/usr/sbin/sshd", "-D", "-e", "-f", "\(folder)/sshd_config"],
            logPath: "\(lab.directory)/sshd.log"
        )
        let options = Self.clientOptions(folder, node.address)
        let arguments = ["ssh", "-M", "-N", "-S", "\(folder)/control"] + options
        try wait(for: "sshd to listen", within: .seconds(20)) {
            (try? HTTPConnection(host: node.address, port: UInt16(Self.port))) != nil
        }
        master = try Host.own.start("ssh", arguments, logPath: "\(lab.directory)/ssh.log")
        let socket = "\(folder)/control"
        try wait(for: "the control connection to open", within: .seconds(20)) {
            FileManager.default.fileExists(atPath: socket)
        }
    }

    /// A connection of its own for one change.
    func setOverFreshConnection(_ publicKey: String, _ address: String) throws {
        try set(publicKey, address, control: ["-o", "ControlPath=none"])
    }

    /// Over the connection that is open already.
    func setOverOpenConnection(_ publicKey: String, _ address: String) throws {
        try set(publicKey, address, control: ["-S", "\(folder)/control", "-o", "ControlMaster=no"])
    }

    func peerCount() throws -> Int {
        try node.host.run("wg", "show", Self.interface, "peers").split(separator: "\n").count
    }

    func close() {
        master.kill()
        server.kill()
    }

    private func set(_ publicKey: String, _ address: String, control: [String]) throws {
        let remote = ["wg", "set", Self.interface, "peer", publicKey, "allowed-ips", address]
        try Command(["ssh"] + control + Self.clientOptions(folder, node.address) + remote).run()
    }

    /// A developer's ~/.bashrc (pyenv, cargo) can take seconds, and Debian's bash reads it for ssh; a node has none.
    private static func hideShellStartUp() throws {
        let file = "\(NSHomeDirectory())/.bashrc"
        guard FileManager.default.fileExists(atPath: file) else { return }
        try Host.own.run("mount", "--bind", "/dev/null", file)
    }

    private static func clientOptions(_ folder: String, _ address: String) -> [String] {
        [
            "-F", "none", "-i", "\(folder)/client", "-p", "\(port)", "-o", "BatchMode=yes",
            "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "root@\(address)",
        ]
    }

    private static func serverConfiguration(_ folder: String, address: String) -> String {
        """
        ListenAddress \(address):\(port)
        HostKey \(folder)/host
        AuthorizedKeysFile \(folder)/client.pub
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        UsePAM no
        UseDNS no
        StrictModes no
        PidFile none

        """
    }
}
