import Cryptography
import CoordinatorLink
import Foundation
import LinkProtocol
import LinkTestPeer
import Model
import Testing

/// The real agent with a simulated device, and a coordinator that the test plays.
final class DaemonBench {
    struct TimedOut: Error { let output: String }

    let folder: String
    let authority = TestAuthority()
    let server: TestServer
    let token: JoinToken
    private(set) var agent: Child?
    private(set) var enrolmentRequests: [EnrolmentRequest] = []
    private var nodeID = NodeID.random()
    /// Deltas that the coordinator has, in order; each agent gets those that it lacks.
    var deltas: [Delta] = []
    private(set) var hello: Hello?
    private(set) var acknowledged: Acknowledgement?
    private(set) var refusals: [AgentMessage] = []
    private(set) var heartbeat: Heartbeat?
    /// What the coordinator says in Welcome and in answers to heartbeats.
    var desiredVersion: String?
    private(set) var acknowledgementCount = 0
    private var sent: UInt64 = 0

    var state: String { folder + "/state" }
    var socket: String { folder + "/s" }

    init() throws {
        folder = NSTemporaryDirectory() + "hfa-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = TestKey()
        server = TestServer(authority.issue(to: key), key, authority)
        let pin = try Certificate.parse(der: authority.certificate.der).publicKeyPin
        token = JoinToken.generate(region: RegionName("fra1")!, authorityPin: pin)
        server.answer = { [unowned self] message, server in self.answer(message, server) }
    }

    deinit {
        agent?.signal(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// - Parameter peer: nil: one of the revision's own.
    static func delta(_ revision: UInt64, of peer: UInt64? = nil, isLingering: Bool = false) -> Delta {
        let number = peer ?? revision
        var bytes = [UInt8](repeating: 9, count: 32)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index))) }
        let address = IPPrefix(host: .v4(IPv4Address(0x0a40_0000 + UInt32(number))))
        let entry = PeerEntry(
            publicKey: PublicKey(uncheckedBytes: bytes)!,
            allowedIPs: [address],
            isLingering: isLingering
        )
        return Delta(base: Revision(revision - 1), revision: Revision(revision), upserts: [entry], removals: [])
    }

    func digest(upTo revision: UInt64) -> TableDigest {
        var digest = TableDigest.empty
        for delta in deltas.prefix(Int(revision)) {
            for entry in delta.upserts { digest.insert(entry) }
        }
        return digest
    }

    private func answer(_ message: AgentMessage, _ server: TestServer) {
        switch message {
        case .enrolmentRequest(let request):
            enrolmentRequests.append(request)
            guard request.joinSecret == token.secret, let issued = authority.issue(for: request.certificateRequest)
            else { return server.send(.close(reason: "the join token is unknown")) }
            let certificate = IssuedCertificate(certificate: issued.der, authority: authority.certificate.der)
            server.send(
                .enrolled(
                    Enrolment(nodeID: nodeID, region: token.region, certificate: certificate, network: Self.network)
                )
            )
        case .hello(let hello):
            self.hello = hello
            sent = hello.appliedRevision.number
            server.send(
                .welcome(
                    Welcome(
                        wireVersion: 1,
                        serverTime: Timestamp(seconds: 1_800_000_000),
                        heartbeatInterval: .seconds(1),
                        network: Self.network,
                        renewalOnly: false,
                        desiredVersion: desiredVersion
                    )
                )
            )
        case .heartbeat(let heartbeat):
            self.heartbeat = heartbeat
            server.send(
                .heartbeatReply(
                    interval: .seconds(1),
                    serverTime: Timestamp(seconds: 1_800_000_000),
                    desiredVersion: desiredVersion
                )
            )
        case .acknowledgement(let value):
            acknowledged = value
            acknowledgementCount += 1
        case .refusal: refusals.append(message)
        case .renewalRequest, .farewell: break
        }
    }

    static let network = TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420)

    /// Turns the coordinator until `condition` holds.
    func pump(until condition: () throws -> Bool) throws {
        let end = Date() + 30
        while try !condition() {
            guard Date() < end else { throw TimedOut(output: agent?.output ?? "") }
            server.turn()
            if server.isConnected, hello != nil, sent < UInt64(deltas.count) {
                server.send(.delta(deltas[Int(sent)]))
                sent += 1
            }
            usleep(200)
        }
    }

    /// Runs a command to its end.
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (status: Int32, output: String) {
        let child = try Child(arguments, environment: environment, in: folder)
        try pump { !child.isRunning }
        return (child.status, child.output)
    }

    func enrol(_ more: [String] = [], token other: JoinToken? = nil) throws -> (status: Int32, output: String) {
        let arguments = [
            "enroll", "--coordinator", "127.0.0.1:\(server.port)", "--name", "exit1", "--state-dir", state,
        ]
        return try run(arguments + more, environment: ["HOLDFAST_JOIN_TOKEN": (other ?? token).text.reveal()])
    }

    func start(environment: [String: String] = [:]) throws {
        hello = nil
        heartbeat = nil
        sent = .max
        agent = try Child(
            ["run", "--state-dir", state, "--status-socket", socket, "--simulated-device", "--log-level", "debug"],
            environment: environment,
            in: folder
        )
    }

    /// Ends the agent by a signal.
    func end(_ signal: Int32) throws -> Child {
        let child = try #require(agent)
        child.signal(signal)
        try pump { !child.isRunning }
        // What it said last is still to be read.
        server.turn()
        server.disconnect()
        return child
    }

    func status() throws -> [String: Any] {
        let answer = try run(["status", "--json", "--status-socket", socket])
        let value = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
        return try #require(value as? [String: Any])
    }

    func figure(_ section: String, _ name: String) throws -> Int {
        let part = try #require(try status()[section] as? [String: Any])
        return try #require(part[name] as? Int)
    }
}
