import Glibc
import Model

/// Whether a coordinator can be reached and believed, without a word said to it. It blocks.
public struct Reachability: Sendable {
    /// For each address: connecting and shaking hands.
    static let timeout = Duration.seconds(5)

    private let now: @Sendable () -> Duration

    /// - Parameter now: the monotonic clock.
    public init(now: @escaping @Sendable () -> Duration) {
        self.now = now
    }

    /// - Returns: how long connection and handshake took, at the first address that serves.
    /// - Throws: the last address's failure.
    public func probe(_ coordinator: HostPort, as identity: borrowing Identity) throws(LinkFailure) -> Duration {
        let addresses: [SocketAddress]
        switch SocketAddress.lookUp(coordinator.host, port: coordinator.port) {
        case .success(let found): addresses = found
        case .failure(let error): throw .lookup(host: coordinator.host, reason: error.description)
        }
        let context: TLSContext
        do { context = try TLSContext.link(identity) } catch { throw .tls(error) }
        var last = LinkFailure.lookup(host: coordinator.host, reason: "no address")
        for address in addresses {
            do throws(LinkFailure) {
                return try shakeHands(with: address, context)
            } catch {
                last = error
            }
        }
        throw last
    }

    private func shakeHands(with address: SocketAddress, _ context: borrowing TLSContext) throws(LinkFailure)
        -> Duration
    {
        let start = now()
        let channel = try Channel(to: address, context)
        while true {
            _ = try channel.advance { ssl throws(LinkFailure) in try ServerTrust.requireServerCertificate(ssl) }
            if channel.state == .open {
                channel.finish()
                return now() - start
            }
            guard now() - start < Self.timeout else { throw .timedOut(channel.phase) }
            var ready = pollfd(fd: channel.descriptor, events: channel.interest, revents: 0)
            _ = poll(&ready, 1, 250)
        }
    }
}
