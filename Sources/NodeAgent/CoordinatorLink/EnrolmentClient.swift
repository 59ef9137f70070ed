import COpenSSL
import Glibc
import LinkMessages
import LinkProtocol
import Model

/// Trades a join token for a certificate, once, at the operator's command. It blocks.
public struct EnrolmentClient: Sendable {
    /// For one address: connecting, shaking hands and waiting for the answer.
    static let timeout = Duration.seconds(20)

    private let pin: [UInt8]
    private let now: @Sendable () -> Duration

    /// - Parameters:
    ///   - pin: of the authority's key, from the join token.
    ///   - now: the monotonic clock.
    public init(pin: [UInt8], now: @escaping @Sendable () -> Duration) {
        self.pin = pin
        self.now = now
    }

    /// Asks one coordinator after another. Only a coordinator that is of the pinned authority sees the token's secret.
    public func enrol(at coordinators: [HostPort], _ request: EnrolmentRequest) throws(EnrolmentFailure) -> Enrolment {
        var failures: [String] = []
        for coordinator in coordinators {
            switch SocketAddress.lookUp(coordinator.host, port: coordinator.port) {
            case .failure(let error): failures.append("\(coordinator): \(error)")
            case .success(let addresses):
                for address in addresses {
                    let answer: CoordinatorMessage
                    do throws(LinkFailure) {
                        answer = try self.answer(from: address, request)
                    } catch {
                        failures.append("\(coordinator): \(error)")
                        continue
                    }
                    return try accept(answer)
                }
            }
        }
        throw .unreachable(failures)
    }

    private func accept(_ answer: CoordinatorMessage) throws(EnrolmentFailure) -> Enrolment {
        switch answer {
        case .enrolled(let enrolment): return enrolment
        case .tryLater(let delay, let reason): throw .tryLater(delay, reason: reason)
        case .close(let reason): throw .refused(reason: reason)
        default: throw .refused(reason: "\(answer.name) is no answer to an enrolment")
        }
    }

    private func answer(
        from address: SocketAddress,
        _ request: EnrolmentRequest
    ) throws(LinkFailure) -> CoordinatorMessage {
        let context: TLSContext
        do { context = try TLSContext.enrolment() } catch { throw .tls(error) }
        let channel = try Channel(to: address, context)
        let deadline = now() + Self.timeout
        var isAsked = false
        while true {
            let payloads = try channel.advance { ssl throws(LinkFailure) in
                try ServerTrust.requireServerCertificate(ssl)
                _ = try ServerTrust.requirePinned(ssl, pin: pin)
            }
            if channel.state == .open, !isAsked {
                isAsked = true
                try channel.send(.enrolmentRequest(request))
            }
            if let payload = payloads.first {
                do { return try LinkCodec.decodeCoordinatorMessage(payload) } catch { throw .message(error) }
            }
            guard now() < deadline else { throw .timedOut(channel.phase) }
            var ready = pollfd(fd: channel.descriptor, events: channel.interest, revents: 0)
            _ = poll(&ready, 1, 250)
        }
    }
}
