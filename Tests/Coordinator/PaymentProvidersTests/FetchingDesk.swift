import Model
import StandInServer

@testable import PaymentProviders

/// A desk whose worker asks a Stripe that always answers the same.
enum FetchingDesk {
    static func open(answering body: String, _ use: (BillingDesk) async throws -> Void) async throws {
        try await StandInServer.run { _, _ in
            .init(status: 200, body: body)
        } _: { _, base in
            try await BillingDesk.open(api: StripeAPI(base: base, key: Secret("rk_test")), use)
        }
    }
}
