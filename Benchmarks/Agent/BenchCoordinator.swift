import CoordinatorLink
import Cryptography
import LabSupport
import LinkProtocol
import LinkTestPeer
import Model

/// Plays the coordinator of one node, on the loopback interface and on the caller's thread.
final class BenchCoordinator {
    let server: TestServer
    let token: JoinToken
    private(set) var isLinked = false
    private(set) var peerCount = 0
    private(set) var nodeKey: PublicKey?
    private let authority = TestAuthority()
    private let nodeID = NodeID.random()
    private var revision: UInt64 = 0
    private var acknowledged: Revision?
    private var complaint: String?

    init() throws {
        let key = TestKey()
        server = TestServer(authority.issue(to: key), key, authority)
        let pin = try Certificate.parse(der: authority.certificate.der).publicKeyPin
        token = JoinToken.generate(region: RegionName("bench")!, authorityPin: pin)
        server.answer = { [unowned self] message, server in answer(message, server) }
    }

    /// Serves the link until `condition` holds.
    ///
    /// - Parameter pause: how often the condition is looked at when nothing comes.
    func serve(
        _ what: String,
        within limit: Duration = .seconds(300),
        pause: Duration = .milliseconds(20),
        until condition: () throws -> Bool
    ) throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while try !condition() {
            try require(clock.now < end, "\(what): not within \(limit.text)")
            server.wait(pause)
            server.turn()
            if !server.isConnected { isLinked = false }
            if let complaint { throw LabFailure("the agent refused: \(complaint)") }
        }
    }

    func disconnect() {
        server.disconnect()
        isLinked = false
    }

    /// Sends the whole table anew.
    ///
    /// - Returns: the time to its acknowledgement.
    func sendSnapshot(peers count: Int) throws -> Duration {
        let entries = BenchPeers.entries(count)
        var digest = TableDigest.empty
        for entry in entries { digest.insert(entry) }
        let next = take()
        let header = SnapshotHeader(revision: next, peerCount: count, digest: digest, allowMassRemoval: true)
        let took = try timeToAcknowledgement(of: next) {
            server.send(.snapshotBegin(header))
            for start in stride(from: 0, to: count, by: 1000) {
                server.send(.snapshotChunk(Array(entries[start..<min(count, start + 1000)])))
            }
            server.send(.snapshotEnd(revision: next))
        }
        peerCount = count
        return took
    }

    /// - Returns: the time to its acknowledgement.
    func sendDelta(upserts: [PeerEntry] = [], removals: [PublicKey] = []) throws -> Duration {
        let base = Revision(revision)
        let delta = Delta(base: base, revision: take(), upserts: upserts, removals: removals)
        let took = try timeToAcknowledgement(of: delta.revision) { server.send(.delta(delta)) }
        peerCount += upserts.count - removals.count
        return took
    }

    private func timeToAcknowledgement(of wanted: Revision, _ send: () -> Void) throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        send()
        try serve("an acknowledgement", pause: .seconds(1)) { acknowledged == wanted }
        return clock.now - start
    }

    private func take() -> Revision {
        revision += 1
        return Revision(revision)
    }

    private func answer(_ message: AgentMessage, _ server: TestServer) {
        switch message {
        case .enrolmentRequest(let request):
            guard let issued = authority.issue(for: request.certificateRequest) else { return }
            let certificate = IssuedCertificate(certificate: issued.der, authority: authority.certificate.der)
            let enrolment = Enrolment(
                nodeID: nodeID,
                region: token.region,
                certificate: certificate,
                network: BenchPeers.network
            )
            server.send(.enrolled(enrolment))
        case .hello(let hello):
            nodeKey = hello.wireguardPublicKey
            isLinked = true
            let welcome = Welcome(
                wireVersion: hello.wireVersion,
                serverTime: .now,
                heartbeatInterval: .seconds(60),
                network: BenchPeers.network,
                renewalOnly: false
            )
            server.send(.welcome(welcome))
        case .heartbeat: server.send(.heartbeatReply(interval: .seconds(60), serverTime: .now))
        case .acknowledgement(let value): acknowledged = value.revision
        case .refusal(let revision, let reason): complaint = "revision \(revision): \(reason)"
        case .renewalRequest, .farewell: break
        }
    }
}
