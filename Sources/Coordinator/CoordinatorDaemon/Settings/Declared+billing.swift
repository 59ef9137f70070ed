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
    static let reconcilePerSecond = Setting(
        "billing.reconcile_per_second",
        .integer(in: 1...1000),
        default: 10,
        help:
            "How many subscriptions each store is asked about per second when its answers are compared with what is known."
    )
}
