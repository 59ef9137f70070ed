import DaemonRuntime

/// The settings of all stores together.
extension Declared {
    static let production = Setting(
        "billing.production",
        .boolean,
        default: false,
        help: "Whether purchases that cost money count, or those of the stores' test worlds. Never both."
    )
    static let frozenRetention = Setting(
        "billing.frozen_retention_s",
        .seconds(in: 3600...31_536_000),
        default: .seconds(30 * 86_400),
        help: """
            How long a peer is kept, with its addresses, once its subscription gives no access. Until then it is back
            within seconds of a renewal.
            """
    )
    static let grace = Setting(
        "billing.grace_s",
        .seconds(in: 0...7_776_000),
        default: .seconds(7 * 86_400),
        help: """
            How long access goes on after the last paid moment while Stripe still tries to collect (past_due): most cards
            that fail are mended within a week.
            """
    )
    static let renewalAllowance = Setting(
        "billing.renewal_allowance_s",
        .seconds(in: 0...2_592_000),
        default: .seconds(3 * 86_400),
        help: """
            How long access goes on after the last paid moment while Stripe calls the subscription active and has not
            asked for the money yet. It waits an hour as a rule, and 72 when an endpoint does not answer.
            """
    )
    static let processingAllowance = Setting(
        "billing.processing_allowance_s",
        .seconds(in: 0...7_776_000),
        default: .seconds(14 * 86_400),
        help: """
            How long access goes on after the last paid moment while Stripe calls the subscription active and the payment
            is under way: a SEPA debit takes 5 business days, and 14 at worst.
            """
    )
    static let invoiceAllowance = Setting(
        "billing.invoice_allowance_s",
        .seconds(in: 0...31_536_000),
        default: .seconds(60 * 86_400),
        help: """
            The most time that a mailed invoice gives after the last paid moment, until it is due. Stripe's invoices are
            due after 30 days as a rule; whoever grants longer terms sets this higher.
            """
    )
    static let renewalLateness = Setting(
        "billing.renewal_lateness_s",
        .seconds(in: 0...259_200),
        default: .seconds(3600),
        help: """
            How long access goes on after a paid period that is to be renewed, until Stripe's event of the next one comes.
            Without it every renewal would interrupt the tunnel for as long as the event is under way.
            """
    )
    static let reconcilePerSecond = Setting(
        "billing.reconcile_per_second",
        .integer(in: 1...1000),
        default: 10,
        help:
            "How many subscriptions each store is asked about per second when its answers are compared with what is known."
    )
}
