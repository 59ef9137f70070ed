import Cryptography
import Hummingbird
import Logging
import Model
import NIOCore

/// What a request to the customers' listener carries along: whose it is, once that is known.
struct CustomerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var subscription: SubscriptionID?
    var token: SubscriptionToken?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }

    /// - Throws: `Problem.unauthenticated` where no token was checked.
    func authenticated() throws -> SubscriptionID {
        guard let subscription else { throw Problem.unauthenticated }
        return subscription
    }
}
