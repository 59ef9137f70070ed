import CoordinatorLink
import Cryptography
import Glibc
import LinkProtocol
import LinkTestPeer
import Logging
import Model
import Testing

/// A link and a server, turned by one thread until something is so.
final class LinkBench {
    struct TimedOut: Error {
        let events: [CoordinatorLink.Event]
        let status: LinkStatus
    }

    let authority: TestAuthority
    let server: TestServer
    let link: CoordinatorLink
    let identityPath: String
    var table = TableVersion(revision: Revision(4), contentHash: nil)
    private(set) var events: [CoordinatorLink.Event] = []

    init(
        server profile: TestAuthority.Profile = .server,
        node: TestAuthority.Profile = .node,
        signedBy other: TestAuthority? = nil,
        _ options: TestServer.Options = .init(),
        coordinators: ((UInt16) -> [HostPort])? = nil
    ) throws {
        authority = TestAuthority()
        let signer = other ?? authority
        let serverKey = TestKey()
        server = TestServer(signer.issue(to: serverKey, profile), serverKey, signer, options)
        let nodeKey = TestKey()
        let identity = try Identity.assemble(
            keyPEM: Secret(nodeKey.pem),
            issued: authority.issue(to: nodeKey, node).der,
            authority: authority.certificate.der
        )
        identityPath = "/tmp/holdfast-link-test-\(getpid())-\(UInt64.random(in: 0 ... .max)).pem"
        let address = HostPort(host: "127.0.0.1", port: server.port)
        link = CoordinatorLink(
            identity: identity,
            identityPath: identityPath,
            nodeName: "node",
            coordinators: coordinators?(server.port) ?? [address],
            logger: Logger(label: "test"),
            now: Self.now()
        )
    }

    deinit { unlink(identityPath) }

    static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        return Moment(monotonic: .microseconds(microseconds), wall: Timestamp(microseconds: microseconds))
    }

    static func welcome(interval: Duration = .seconds(30), renewalOnly: Bool = false) -> CoordinatorMessage {
        .welcome(
            Welcome(
                wireVersion: WireVersion.current,
                serverTime: now().wall,
                heartbeatInterval: interval,
                network: TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420),
                renewalOnly: renewalOnly
            )
        )
    }

    func hello() -> Hello {
        Hello(
            wireVersion: WireVersion.current,
            agentVersion: "0.1.0",
            bootID: [UInt8](repeating: 1, count: 16),
            appliedRevision: table.revision,
            tableDigest: .empty,
            wireguardPublicKey: PublicKey(uncheckedBytes: [UInt8](repeating: 3, count: 32))!,
            endpoint: nil,
            listenPort: 51_820
        )
    }

    /// Turns both ends until `condition` holds.
    @discardableResult
    func pump(until condition: (LinkBench) -> Bool) throws -> [CoordinatorLink.Event] {
        let end = Self.now().monotonic + .seconds(20)
        while !condition(self) {
            guard Self.now().monotonic < end else { throw TimedOut(events: events, status: link.status) }
            events += link.turn(at: Self.now(), table: table) { hello() }
            server.turn()
            var ready = pollfd(fd: link.descriptor ?? -1, events: link.interest, revents: 0)
            _ = poll(&ready, 1, 2)
        }
        return events
    }

    /// The first failure of the link.
    func failure() throws -> LinkFailure {
        try pump { $0.firstFailure != nil }
        return firstFailure!
    }

    var firstFailure: LinkFailure? {
        for case .down(let failure, _) in events { return failure }
        return nil
    }
}
