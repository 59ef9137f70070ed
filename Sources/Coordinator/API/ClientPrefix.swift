import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// Where a request comes from, as far as a rate limit has to know: an IPv4 address, or the 64 bits of an IPv6 network,
/// of which one customer has all. Kept in memory only, and never written anywhere.
struct ClientPrefix: Hashable, Sendable, CustomStringConvertible {
    private let prefix: IPPrefix

    init(_ address: IPAddress) {
        let length =
            switch address {
            case .v4: 32
            case .v6: 64
            }
        prefix = (IPPrefix(address, length: length) ?? IPPrefix(host: address)).masked
    }

    var description: String { "<redacted>" }

    /// The nearest address that is no proxy of ours: what comes before a proxy's own word, anybody may have written.
    ///
    /// - Parameter forwarded: the values of `X-Forwarded-For`, in order.
    static func find(
        peer: IPAddress,
        forwarded: [String],
        trusted: [IPPrefix]
    ) -> ClientPrefix {
        var nearest = peer
        let hops = forwarded.joined(separator: ",").split(separator: ",").reversed()
        for hop in hops {
            guard trusted.contains(where: { $0.contains(nearest) }),
                let address = IPAddress(hop.drop { $0 == " " }.prefix { $0 != " " })
            else { break }
            nearest = address.unmapped
        }
        return ClientPrefix(nearest)
    }
}

/// Notes where each request comes from.
struct ClientPrefixes: RouterMiddleware {
    /// Proxies whose `X-Forwarded-For` is believed.
    let trusted: [IPPrefix]

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let name = HTTPField.Name("X-Forwarded-For"), let address = context.peerAddress {
            context.client = ClientPrefix.find(
                peer: address,
                forwarded: request.headers[values: name],
                trusted: trusted
            )
        }
        return try await next(request, context)
    }
}

/// Lets each prefix do something only so often.
struct RateLimited: RouterMiddleware {
    let limiter: RateLimiter<ClientPrefix>?

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        if let client = context.client, let wait = limiter?.take(client) { throw Problem.tooManyRequests(wait) }
        return try await next(request, context)
    }
}
