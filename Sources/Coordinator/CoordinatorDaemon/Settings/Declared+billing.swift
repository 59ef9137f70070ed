import DaemonRuntime

/// The settings of all stores together.
extension Declared {
    static let frozenRetention = Setting(
        "billing.frozen_retention_s",
        .seconds(in: 3600...31_536_000),
        default: .seconds(30 * 86_400),
        help: """
            How long a peer is kept, with its addresses, once its subscription gives no access. Until then it is back
            within seconds of a renewal.
            """
    )
}
