import Billing
import Cryptography
import Model
import StandInServer
import Store
import Testing

@testable import PaymentProviders

/// A worker with its store's events, for one that dies and for the one after it.
struct KilledDesk: Sendable {
    let worker: WebhookWorker
    let clock: TestClock
    /// Leaves the events in the inbox.
    let deliver: @Sendable () async throws -> Void
    /// What has to be so at the store in the end.
    var check: @Sendable () throws -> Void = {}
}

enum KilledStore: CaseIterable, Sendable {
    case stripe
    case apple
    case google

    /// - Parameters:
    ///   - fuse: counts the questions to the store as well.
    ///   - body: gets what makes a desk over a database.
    func run<Value>(
        _ fuse: Fuse,
        _ body: (_ desk: (Store) throws -> KilledDesk) async throws -> Value
    ) async throws -> Value {
        let world = GoogleWorld()
        world["old"] = .init(account: Hexadecimal.encode(Self.claimHash))
        world["new"] = .init(product: "plus_monthly", linked: "old")
        return try await StandInServer.run { request, _ in
            guard fuse.count() == .pass else { return .init(status: 200, hang: .beforeHead) }
            return self == .stripe ? Self.stripeAnswer(request) : world.answer(request)
        } _: { _, base in
            try await body { store in
                switch self {
                case .stripe: try Self.stripe(store, base)
                case .apple: try Self.apple(store)
                case .google: try Self.google(store, world, base)
                }
            }
        }
    }

    private static let claimHash = SHA256.hash(Array(repeating: 9, count: 32))

    private static func stripeAnswer(_ request: StandInServer.Request) -> StandInServer.Answer {
        let body = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        let id = request.target.contains("sub_2") ? "sub_2" : "sub_1"
        return StandInServer.Answer(status: 200, body: body.replacing("sub_1", with: id))
    }

    private static func order(at store: Store, now: Timestamp) async throws {
        _ = try await store.registerOrder(claimHash: claimHash, tier: TierName("basic")!, now: now)
    }

    private static func stripe(_ store: Store, _ base: String) throws -> KilledDesk {
        let desk = try BillingDesk(store: store, api: StripeAPI(base: base, key: Secret("rk_test")))
        return KilledDesk(worker: desk.worker, clock: desk.clock) {
            try await order(at: store, now: desk.clock.now)
            let session = StripeMaterial.session(claim: Hexadecimal.encode(claimHash))
            await desk.deliver("checkout.session.completed", session, id: "evt_1")
            await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_2")
            await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_3")
            // Another's, which shares its transactions.
            let other = StripeMaterial.subscription().replacing("sub_1", with: "sub_2")
            await desk.deliver("customer.subscription.created", other, id: "evt_4")
        }
    }

    private static func apple(_ store: Store) throws -> KilledDesk {
        let desk = try AppleDesk(store: store)
        return KilledDesk(worker: desk.worker, clock: desk.clock) {
            let later = AppleNotice.start + AppleNotice.month
            for notification in [
                AppleNotice(id: "1"),
                AppleNotice(
                    id: "2",
                    type: "DID_RENEW",
                    signed: later,
                    transaction: "1001",
                    purchased: later
                ),
            ] {
                _ = await desk.receiver.receive(body: try notification.body, now: desk.clock.now)
            }
        }
    }

    private static func google(_ store: Store, _ world: GoogleWorld, _ base: String) throws -> KilledDesk {
        let desk = try GoogleDesk(store, world, base)
        return KilledDesk(worker: desk.worker, clock: desk.clock) {
            try await order(at: store, now: desk.clock.now)
            // The worker that dies is about to let the one take the other's place.
            try await desk.deliver("old", id: "old")
            _ = try await desk.push(GoogleWorld.push("new", id: "new"))
        } check: {
            #expect(world["new"]?.isAcknowledged == true)
        }
    }
}
