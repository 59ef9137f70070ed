import Billing
import Model
import StandInServer
import Synchronization

@testable import PaymentProviders

/// What Stripe holds of one customer, and the answers of its API.
final class StripeWorld: Sendable {
    struct State: Sendable {
        var subscription: StripeObjects.Subscription
        /// The newest first.
        var invoices: [StripeObjects.Invoice] = []
        /// By id, of charges, disputes, refunds and sessions.
        var objects: [String: String] = [:]
    }

    private let held: Mutex<State>

    init(_ state: State) {
        held = Mutex(state)
    }

    var state: State {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    func answer(_ request: StandInServer.Request) -> StandInServer.Answer {
        let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
        let path = parts[0].split(separator: "/").dropFirst().map(String.init)
        let query = parts.count > 1 ? parts[1] : ""
        let state = state
        switch (path.first, path.dropFirst().first) {
        case ("subscriptions", StripeObjects.subscriptionID):
            let latest = state.invoices.first?.json ?? "null"
            return ok(state.subscription.json(latest: latest))
        case ("invoices", nil):
            return list(state.invoices.filter { $0.status == "paid" }.map(\.json))
        case ("invoices", let id?):
            guard let invoice = state.invoices.first(where: { $0.id == id }) else {
                return .init(status: 404, body: "{}")
            }
            guard path.last == "lines" else { return ok(invoice.json) }
            let after = query.split(separator: "&").first { $0.hasPrefix("starting_after=") }
            return ok(invoice.page(after: after.map { String($0.dropFirst(15)) }, limit: 7))
        case ("invoice_payments", nil):
            let paid = state.invoices.filter {
                query.contains("=pi_\($0.number)&") || query.hasSuffix("=pi_\($0.number)")
            }
            return list(paid.map { #"{"id": "inpay_\#($0.number)", "invoice": \#($0.json)}"# })
        case (_, let id?): return state.objects[id].map(ok) ?? .init(status: 404, body: "{}")
        default: return .init(status: 404, body: "{}")
        }
    }

    private func ok(_ body: String) -> StandInServer.Answer { .init(status: 200, body: body) }

    private func list(_ objects: [String]) -> StandInServer.Answer {
        ok(#"{"object": "list", "data": [\#(objects.joined(separator: ", "))], "has_more": false}"#)
    }

    /// A desk with a key, whose Stripe is this.
    func open(_ body: (BillingDesk) async throws -> Void) async throws {
        try await StandInServer.run { request, _ in
            self.answer(request)
        } _: { _, base in
            try await BillingDesk.open(api: StripeAPI(base: base, key: Secret("rk_test")), body)
        }
    }
}

/// With an API key, and without one: what holds must hold in both.
enum StripeKey: CaseIterable, Sendable {
    case present
    case missing

    func open(_ world: StripeWorld, _ body: (BillingDesk) async throws -> Void) async throws {
        switch self {
        case .present: try await world.open(body)
        case .missing: try await BillingDesk.open(body)
        }
    }
}

extension BillingDesk {
    /// Sets the clock to a day, delivers an event of that moment, and lets the worker settle it.
    func happen(_ type: String, _ object: String, _ id: String, day: Int64) async throws {
        clock.now = Timestamp(seconds: StripeObjects.moment(day))
        await deliver(type, object, id: id, created: StripeObjects.moment(day))
        await worker.drain()
    }

    func hasAccess(day: Int64) async throws -> Bool {
        try await entitlement()?.hasAccess(at: Timestamp(seconds: StripeObjects.moment(day))) ?? false
    }
}
