import Assessment
import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import LinkProtocol
import Model
import PeerTable
import WireGuardDevice

/// One enrolment: what was asked for, checked, and the steps in an order that survives a crash between any two.
struct Enrolling {
    private let token: JoinToken
    private let coordinators: [HostPort]
    private let endpoint: HostPort?
    private let name: String
    private let listenPort: UInt16
    private let interface: String
    private let force: Bool

    init(_ command: EnrollCommand, _ settings: Settings) throws(Failure) {
        coordinators = try Self.coordinators(command.coordinator, settings)
        token = try Self.token(command.tokenFile)
        endpoint = try Self.endpoint(command.endpoint, settings)
        interface = try Self.interface(command.interface, settings)
        listenPort = try Self.listenPort(command.listenPort, settings)
        name = command.name ?? Self.hostName()
        guard NodeName(name) != nil else {
            throw Failure(.usage, "`--name` (without it: the host's name) must have \(NodeName.syntax)")
        }
        force = command.force
    }

    private static func coordinators(_ option: String?, _ settings: Settings) throws(Failure) -> [HostPort] {
        guard let option else {
            let configured = settings[AgentSettings.coordinators]
            guard !configured.isEmpty else {
                throw Failure(.usage, "name the coordinator with `--coordinator`, or in the setting link.coordinators")
            }
            return configured
        }
        let addresses = option.split(separator: ",").map { HostPort($0) }
        guard !addresses.isEmpty, !addresses.contains(nil) else {
            throw Failure(.usage, "`--coordinator` must be HOST:PORT, or several separated by commas")
        }
        return addresses.compactMap { $0 }
    }

    // An option, else the setting that the agent will run by, else what the package comes with.

    private static func endpoint(_ option: String?, _ settings: Settings) throws(Failure) -> HostPort? {
        let text = option ?? settings[AgentSettings.endpoint]
        if option == nil, text.isEmpty { return nil }
        guard let endpoint = HostPort(text) else {
            throw Failure(.usage, "\(source(option, "--endpoint", "node.endpoint")) must be HOST:PORT")
        }
        return endpoint
    }

    private static func interface(_ option: String?, _ settings: Settings) throws(Failure) -> String {
        let setting = settings[AgentSettings.interface]
        let name = option ?? (setting.isEmpty ? "holdfast0" : setting)
        guard InterfaceName(name) != nil else {
            let source = source(option, "--interface", "device.interface")
            throw Failure(.usage, "\(source) must be 1 to 15 characters without space, / or :")
        }
        return name
    }

    private static func listenPort(_ option: UInt16?, _ settings: Settings) throws(Failure) -> UInt16 {
        guard option != 0 else { throw Failure(.usage, "`--listen-port` must be 1 to 65535") }
        let setting = settings[AgentSettings.listenPort]
        return option ?? (setting == 0 ? 51_820 : UInt16(setting))
    }

    private static func source(_ option: String?, _ name: String, _ setting: String) -> String {
        option == nil ? "the setting \(setting)" : "`\(name)`"
    }

    /// - Returns: what to tell the operator.
    func perform(in directory: StateDirectory) throws(Failure) -> String {
        let tokenHash = SHA256.hash(token.secret.reveal())
        if directory.identity.exists {
            let record = try? directory.nodeRecord()
            // The enrolment's key is removed last: while it is there, the identity may be the one before.
            if let record, record.tokenHash == tokenHash, !directory.enrolmentKey.exists {
                return "this node is enrolled with this token already: \(record.name), \(record.nodeID)"
            }
            guard force || record?.tokenHash == tokenHash else {
                let who = record.map { "\($0.name), \($0.nodeID), region \($0.region)" } ?? directory.path
                throw Failure(
                    .configuration,
                    "this node is enrolled already (\(who)); to make it another node, say `--force`"
                )
            }
        }
        // The keys are durable before anybody hears of them: a repeated enrolment is the same node's.
        let keyPEM = try tlsKey(in: directory)
        let wireguard = try wireguardKey(in: directory)
        let enrolment = try ask(keyPEM, wireguard)
        let identity = try assemble(keyPEM, enrolment)
        let pem = try Failure.wrapping(Failure.init) { () throws(OpenSSLError) in try identity.pem() }
        try prepareTable(in: directory, enrolment)
        let record = record(enrolment, tokenHash, wireguard.publicKey)
        try directory.write(Secret(Array(record.text.utf8)), to: directory.record)
        try directory.write(pem, to: directory.identity)
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in try directory.enrolmentKey.remove() }
        return "enrolled as \(name), \(enrolment.nodeID), in region \(enrolment.region); "
            + "the certificate is good until \(identity.certificate.notAfter)"
            + Self.warnings(HostRouteView.ofHost(tunnel: nil, addresses: enrolment.network.interfaceAddresses))
    }

    /// The node is enrolled all the same: what is in the way can be moved, and until then it gets no peers.
    private static func warnings(_ routes: HostRouteView?) -> String {
        guard let routes, !routes.collisions.isEmpty || !routes.narrowed.isEmpty else { return "" }
        var observation = Observation()
        observation.collisions = routes.collisions
        let conditions = observation.conditions.map {
            "\nWARNING: \($0.detail)\n        -> \($0.kind.remedy)"
        }
        let narrowed = routes.narrowed.map {
            "\nWARNING: the pool \($0.pool) takes its part of the host's route to \($0.route): what lies there is "
                + "reached no more from this node"
        }
        return (conditions + narrowed).joined()
    }

    private func ask(_ keyPEM: Secret<[UInt8]>, _ wireguard: WireGuardKeyPair) throws(Failure) -> Enrolment {
        let certificateRequest = try Failure.wrapping(Failure.init) { () throws(OpenSSLError) in
            try PrivateKey.parse(pem: keyPEM).certificateRequest(commonName: name)
        }
        let request = EnrolmentRequest(
            joinSecret: token.secret,
            nodeName: name,
            agentVersion: Version.current,
            wireguardPublicKey: wireguard.publicKey,
            certificateRequest: certificateRequest,
            endpoint: endpoint,
            listenPort: listenPort
        )
        let client = EnrolmentClient(pin: token.authorityPin, now: MonotonicClock.now)
        let enrolment = try Failure.wrapping(Failure.init) { () throws(EnrolmentFailure) in
            try client.enrol(at: coordinators, request)
        }
        guard enrolment.region == token.region else {
            throw Failure(.unavailable, "the coordinator put the node into \(enrolment.region), not \(token.region)")
        }
        return enrolment
    }

    private func assemble(_ keyPEM: Secret<[UInt8]>, _ enrolment: Enrolment) throws(Failure) -> Identity {
        let identity = try Failure.wrapping({ (flaw: Identity.Flaw) in
            Failure(.unavailable, "the coordinator sent a certificate that does not hold: \(flaw)")
        }) { () throws(Identity.Flaw) in
            try Identity.assemble(
                keyPEM: keyPEM,
                issued: enrolment.certificate.certificate,
                authority: enrolment.certificate.authority
            )
        }
        guard identity.authority.publicKeyPin == token.authorityPin else {
            throw Failure(.unavailable, "the coordinator sent a certificate of another authority than the token's")
        }
        return identity
    }

    /// Another node's table says nothing about this one's peers: it goes aside.
    private func prepareTable(in directory: StateDirectory, _ enrolment: Enrolment) throws(Failure) {
        let earlier = try? directory.nodeRecord()
        if let earlier, earlier.nodeID != enrolment.nodeID, PrivateFile(path: directory.tablePath).exists {
            _ = try directory.resetTable(network: enrolment.network)
        }
        try Failure.wrapping(Failure.init) { () throws(TableError) in
            _ = try PeerTable.create(at: directory.tablePath, network: enrolment.network)
        }
    }

    private func record(_ enrolment: Enrolment, _ tokenHash: [UInt8], _ key: PublicKey) -> NodeRecord {
        NodeRecord(
            nodeID: enrolment.nodeID,
            name: name,
            region: enrolment.region,
            coordinators: coordinators,
            endpoint: endpoint,
            listenPort: listenPort,
            interface: interface,
            network: enrolment.network,
            tokenHash: tokenHash,
            wireguardKey: key
        )
    }
}
