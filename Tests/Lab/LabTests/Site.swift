import LabSupport

/// What most faults start from: a coordinator, one node, and a customer whose device has a working tunnel.
final class Site {
    static let region = "fra1"
    /// Shorter than the default of 30 s, so that a test of what it repairs need not wait as long.
    static let reconcileInterval = Duration.seconds(3)

    let lab: Lab
    let coordinator: CoordinatorProcess
    let node: Node
    let customer: Customer
    let peer: ProvisionedPeer
    let client: WireGuardClient

    private init(lab: Lab, settings: CoordinatorProcess.Settings, prepare: (Node) throws -> Void) throws {
        self.lab = lab
        coordinator = try CoordinatorProcess(lab: lab, settings: settings)
        try coordinator.start()
        let node = try lab.makeNode(region: Site.region)
        node.agent.environment["HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS"] = "\(Int(Self.reconcileInterval.milliseconds))"
        try prepare(node)
        try node.enroll(with: coordinator)
        try node.agent.start()
        let api = coordinator.api
        try api.waitForRegion(Site.region)
        self.node = node
        customer = try Customer.subscribe(api, tier: .fleet)
        peer = try customer.makePeer(region: Site.region)
        client = try WireGuardClient(
            host: try lab.makeClient(),
            configuration: try customer.configuration(of: peer),
            keys: peer.keys
        )
        try client.reach(LabAddresses.outsideIPv4)
    }

    /// Builds a site, lets `scenario` happen to it on a thread of its own, and takes it down.
    ///
    /// - Parameter prepare: what the node's machine needs before it enrols.
    static func with(
        settings: CoordinatorProcess.Settings = .init(),
        prepare: @escaping @Sendable (Node) throws -> Void = { _ in },
        _ scenario: @escaping @Sendable (Site) throws -> Void
    ) async throws {
        try await onOwnThread {
            let lab = try Lab()
            do {
                try scenario(try Site(lab: lab, settings: settings, prepare: prepare))
            } catch {
                let failure = LabFailure("\(error)\n\(lab.logTails(lines: 25))")
                try? lab.close()
                throw failure
            }
            try lab.close()
        }
    }

    func startPing() throws -> PingProbe {
        try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
    }

    func kernelKeys() throws -> Set<String> {
        Set(try node.kernelPeers().keys)
    }
}

extension PingProbe {
    func stopHavingLostNothing() throws {
        try wait(forAnswers: 10)
        let tally = try stop()
        try require(tally.lost == 0, "\(tally.lost) of \(tally.sent) packets were lost")
    }
}
