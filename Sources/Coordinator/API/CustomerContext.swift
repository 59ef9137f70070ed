import Cryptography
import Hummingbird
import Logging
import Model
import Newcomers
import NIOCore

/// What a request to the customers' listener carries along: whose it is, once that is known.
struct CustomerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var subscription: SubscriptionID?
    var token: SubscriptionToken?
    /// Where it comes from, for rate limits alone.
    var client: ClientPrefix?
    /// The other end of the connection: the client, or a proxy.
    let peerAddress: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peerAddress = source.channel.peerAddress
    }

    /// - Throws: `Problem.unauthenticated` where no token was checked.
    func authenticated() throws -> SubscriptionID {
        guard let subscription else { throw Problem.unauthenticated }
        return subscription
    }
}
