/// An exit node of the lab. Its state folder is its disk: it outlives ``reboot()``.
public final class Node {
    public static let interface = "holdfast0"
    static let listenPort = 51820

    public let name: String
    public let region: String
    public let number: Int
    public let host: Host
    public let agent: AgentProcess
    private unowned let lab: Lab

    init(lab: Lab, number: Int, region: String, name: String) {
        self.lab = lab
        self.number = number
        self.region = region
        self.name = name
        host = Host(namespace: name)
        agent = AgentProcess(lab: lab, host: host, name: name, stateDirectory: "\(lab.directory)/\(name)")
    }

    public var address: String { "\(LabAddresses.internetPrefix)\(number)" }

    /// Trades a join token for the node's certificate.
    public func enroll(with coordinator: CoordinatorProcess) throws {
        try agent.enroll(
            coordinator: coordinator.linkAddress,
            token: coordinator.joinToken(region: region),
            endpoint: "\(address):\(Self.listenPort)"
        )
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
