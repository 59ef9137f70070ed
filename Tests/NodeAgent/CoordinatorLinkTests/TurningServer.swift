import Glibc
import LinkProtocol
import LinkTestPeer
import Model
import Synchronization

/// A server that a thread of its own turns and that enrols everyone.
final class TurningServer {
    let port: UInt16
    private let shared: Shared
    private var thread: pthread_t?

    private final class Shared: @unchecked Sendable {
        let server: TestServer
        let stopping = Atomic(false)

        init(_ server: TestServer) { self.server = server }
    }

    init(_ authority: TestAuthority, _ options: TestServer.Options) throws {
        let key = TestKey()
        let server = TestServer(authority.issue(to: key), key, authority, options)
        server.answer = { message, server in
            guard case .enrolmentRequest(let request) = message,
                let issued = authority.issue(for: request.certificateRequest)
            else { return }
            let enrolment = Enrolment(
                nodeID: .random(),
                region: RegionName("fra1")!,
                certificate: IssuedCertificate(certificate: issued.der, authority: authority.certificate.der),
                network: TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420)
            )
            server.send(.enrolled(enrolment))
        }
        port = server.port
        shared = Shared(server)
        var created = pthread_t()
        let status = pthread_create(
            &created,
            nil,
            { argument in
                let shared = Unmanaged<Shared>.fromOpaque(argument!).takeRetainedValue()
                while !shared.stopping.load(ordering: .acquiring) {
                    shared.server.turn()
                    usleep(1000)
                }
                return nil
            },
            Unmanaged.passRetained(shared).toOpaque()
        )
        precondition(status == 0, "no thread")
        thread = created
    }

    /// Ends the thread; what it heard is safe to read afterwards.
    @discardableResult
    func stop() -> [AgentMessage] {
        if let thread {
            shared.stopping.store(true, ordering: .releasing)
            pthread_join(thread, nil)
            self.thread = nil
        }
        return shared.server.received
    }
}
