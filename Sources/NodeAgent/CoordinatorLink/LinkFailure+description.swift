import Glibc
import LinkMessages
import LinkProtocol

extension LinkFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .lookup(let host, let reason): "\(host) has no address: \(reason)"
        case .connect(let address, let code): "no connection to \(address): \(String(cString: strerror(code)))"
        case .timedOut(let phase): "no answer while \(phase.rawValue)"
        case .untrusted(let reason): "the coordinator's certificate is not trusted: \(reason)"
        case .wrongProtocol(let offered): "the other side does not speak \(offered)"
        case .tls(let error): "\(error)"
        case .broken(let code): "the connection broke: \(String(cString: strerror(code)))"
        case .ended(midFrame: true): "the connection ended in the middle of a frame"
        case .ended(midFrame: false): "the coordinator closed the connection"
        case .frame(.empty): "the coordinator sent an empty frame"
        case .frame(.tooLarge(let count)): "the coordinator announced a frame of \(count) bytes"
        case .message(let malformed): "\(malformed)"
        case .unread(let count): "\(count) bytes wait for a coordinator that does not read"
        case .silent: "the coordinator left two heartbeats unanswered"
        case .session(let reason): reason
        }
    }
}
