import DaemonRuntime

/// The settings of Google Play.
extension Declared {
    static let googlePackage = Setting(
        "google.package",
        .string,
        default: "",
        help: """
            The app's name at Google Play, such as org.example.vpn. Empty: nothing is sold there. It needs the secret
            google-service-account, the JSON key file of an account that may see financial data.
            """
    )
    static let googlePushSubscription = Setting(
        "google.push_subscription",
        .string,
        default: "",
        help: "The Pub/Sub subscription that pushes to /webhooks/google: projects/…/subscriptions/…"
    )
    static let googlePushAudience = Setting(
        "google.push_audience",
        .string,
        default: "",
        help: "The audience that the push subscription was given."
    )
    static let googlePushAccount = Setting(
        "google.push_account",
        .string,
        default: "",
        help: "The e-mail address of the service account that the push subscription was given."
    )
    static let googleKeys = Setting(
        "google.keys",
        .string,
        default: "https://www.googleapis.com/oauth2/v3/certs",
        help: "Where the keys are with which pushes are signed."
    )
    static let googleAPIBase = Setting(
        "google.api_base",
        .string,
        default: "https://androidpublisher.googleapis.com",
        help: "Where the Google Play Developer API is."
    )
    static let googleCallsAtOnce = Setting(
        "google.calls_at_once",
        .integer(in: 1...512),
        default: 32,
        help: """
            How many purchases Google is asked about at once when events are carried out. Each instance counts for itself;
            when Google is overloaded it is asked less by itself. Its quota is 3,000 questions a minute, as a rule.
            """
    )
}
