import Foundation

/// An exit node of the lab. Its state folder is its disk: it outlives ``reboot()``.
public final class Node {
    public static let interface = "holdfast0"
    static let listenPort = 51820

    public let name: String
    public let region: String
    public let number: Int
    public let host: Host
    public let agent: AgentProcess
    public let exitPolicy: ExitPolicy
    private unowned let lab: Lab

    init(lab: Lab, number: Int, region: String, name: String) {
        self.lab = lab
        self.number = number
        self.region = region
        self.name = name
        host = Host(namespace: name)
        agent = AgentProcess(lab: lab, host: host, name: name, stateDirectory: "\(lab.directory)/\(name)")
        exitPolicy = ExitPolicy(host: host, stateDirectory: agent.stateDirectory)
        agent.environment = exitPolicy.environment
        // The lab's file systems are small.
        agent.environment["HOLDFAST_STATE_FREE_MIN_MIB"] = "0"
    }

    public var address: String { "\(LabAddresses.internetPrefix)\(number)" }
    public var addressIPv6: String { "\(LabAddresses.internetPrefix6)\(number)" }
    /// What the hosts behind the node see of its peers.
    public var exitAddress: String { "\(LabAddresses.beyondPrefix)\(number)" }
    public var exitAddressIPv6: String { "\(LabAddresses.beyondPrefix6)\(number)" }

    var isEnrolled: Bool { FileManager.default.fileExists(atPath: "\(agent.stateDirectory)/identity.pem") }

    /// Trades a join token for the node's certificate, and loads the exit policy.
    public func enroll(with coordinator: CoordinatorProcess) throws {
        try enroll(with: coordinator, token: try coordinator.joinToken(region: region))
    }

    public func enroll(with coordinator: CoordinatorProcess, token: String) throws {
        try agent.enroll(
            coordinator: coordinator.linkAddress,
            token: token,
            endpoint: "\(address):\(Self.listenPort)"
        )
        try exitPolicy.load()
    }

    /// Power off without warning, and on again: the agent is killed, and no interface survives. The agent is not
    /// started.
    public func reboot() throws {
        agent.kill()
        try lab.powerOff(self)
        try lab.boot(self)
    }

    /// What the kernel has, by public key; empty when there is no interface.
    public func kernelPeers() throws -> [String: KernelPeer] {
        let outcome = try host.attempt(["wg", "show", Self.interface, "dump"])
        guard outcome.status == 0 else { return [:] }
        let peers = outcome.output.split(separator: "\n").dropFirst().compactMap { KernelPeer(dumpLine: $0) }
        return Dictionary(uniqueKeysWithValues: peers.map { ($0.publicKey, $0) })
    }
}
