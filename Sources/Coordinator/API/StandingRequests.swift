import Model
import Synchronization

/// Counts the requests that stand: streams of events, and whoever waits for a peer to change. Each costs memory and a
/// connection, so they are bounded for each subscription, and in whole.
final class StandingRequests: Sendable {
    /// A subscription's devices are a handful, each with one stream or one wait.
    static let ownMax = 32

    private let allMax: Int
    /// Between two words to whoever listens: a proxy closes what is silent, and only a write finds out who has gone.
    let keepAlive: Duration
    private let counts = Mutex<(all: Int, own: [SubscriptionID: Int])>((0, [:]))

    init(allMax: Int, keepAlive: Duration) {
        self.allMax = allMax
        self.keepAlive = keepAlive
    }

    /// One of those that stand, for as long as it is held.
    final class Place: Sendable {
        private let requests: StandingRequests
        private let subscription: SubscriptionID

        fileprivate init(_ requests: StandingRequests, _ subscription: SubscriptionID) {
            self.requests = requests
            self.subscription = subscription
        }

        deinit {
            requests.leave(subscription)
        }
    }

    var count: Int { counts.withLock { $0.all } }

    /// - Throws: the problem that one request more would be.
    func enter(_ subscription: SubscriptionID) throws(Problem) -> Place {
        try counts.withLock { counts throws(Problem) in
            let own = counts.own[subscription, default: 0]
            guard own < Self.ownMax else { throw Problem.tooManyStanding }
            guard counts.all < allMax else { throw Problem.crowded }
            counts.own[subscription] = own + 1
            counts.all += 1
        }
        return Place(self, subscription)
    }

    private func leave(_ subscription: SubscriptionID) {
        counts.withLock { counts in
            let own = counts.own[subscription, default: 1] - 1
            counts.own[subscription] = own > 0 ? own : nil
            counts.all -= 1
        }
    }
}
