import Billing
import DaemonRuntime
import Model
import PaymentProviders
import SecretStore

/// The ways to the stores that are set up, made once: who asks shares access tokens, and what is known of certificates.
struct StoreConnections: Sendable {
    let stripe: StripeAPI?
    /// Nil where nothing is sold at the App Store.
    let apple: AppleVerifier?
    /// Nil without a key.
    let appleAPI: AppleServerAPI?
    /// Nil where nothing is sold at Google Play.
    let google: GoogleAPI?

    /// - Throws: `StartFailure`, `SecretError`.
    init(_ settings: CoordinatorSettings, _ secrets: Secrets, _ environment: BillingEnvironment) throws {
        let key = try secrets.store.secret(.stripeAPIKey)
        stripe = key.map { StripeAPI(base: settings[Declared.stripeAPIBase], key: $0) }
        apple = try Self.apple(settings, environment)
        appleAPI = try Self.appleAPI(settings, secrets, environment)
        google = try Self.google(settings, secrets)
    }

    private static func apple(
        _ settings: CoordinatorSettings,
        _ environment: BillingEnvironment
    ) throws -> AppleVerifier? {
        guard !settings[Declared.appleBundleID].isEmpty else { return nil }
        let path = settings[Declared.appleRoot]
        let root: [UInt8]
        do {
            root = try AppleRoot.read(path, fingerprint: settings[Declared.appleRootFingerprint])
        } catch {
            throw StartFailure.appleRoot(path: path, reason: "\(error)")
        }
        return try AppleVerifier(
            configuration: AppleConfiguration(
                bundleID: settings[Declared.appleBundleID],
                appID: Int64(settings[Declared.appleAppID]),
                environment: environment,
                root: root,
                testPurchases: settings.testPurchases
            ),
            checksRevocation: settings[Declared.appleRevocation]
        )
    }

    private static func appleAPI(
        _ settings: CoordinatorSettings,
        _ secrets: Secrets,
        _ environment: BillingEnvironment
    ) throws -> AppleServerAPI? {
        guard !settings[Declared.appleBundleID].isEmpty, let key = try secrets.store.secret(.appStoreKey) else {
            return nil
        }
        let (keyID, issuerID) = (settings[Declared.appleKeyID], settings[Declared.appleIssuerID])
        let path = "\(secrets.store.path(of: .appStoreKey))"
        guard !keyID.isEmpty, !issuerID.isEmpty else {
            throw StartFailure.appStoreKey(path: path, reason: "nobody says whose key it is")
        }
        let base = settings[Declared.appleAPIBase]
        do {
            return AppleServerAPI(
                base: base.isEmpty
                    ? (environment == .production ? AppleServerAPI.production : AppleServerAPI.sandbox) : base,
                bundleID: settings[Declared.appleBundleID],
                credentials: try AppleServerAPI.Credentials(key: key, keyID: keyID, issuerID: issuerID),
                clock: { SystemClock.now() }
            )
        } catch {
            throw StartFailure.appStoreKey(path: path, reason: "\(error)")
        }
    }

    /// Nothing about a purchase at Google Play can be known without asking.
    private static func google(_ settings: CoordinatorSettings, _ secrets: Secrets) throws -> GoogleAPI? {
        guard !settings[Declared.googlePackage].isEmpty else { return nil }
        let path = "\(secrets.store.path(of: .googleServiceAccount))"
        guard let json = try secrets.store.secret(.googleServiceAccount) else {
            throw StartFailure.serviceAccount(path: path, reason: "there is none, and google.package is set")
        }
        do {
            return GoogleAPI(
                base: settings[Declared.googleAPIBase],
                package: settings[Declared.googlePackage],
                account: try GoogleServiceAccount(json: json),
                clock: { SystemClock.now() }
            )
        } catch {
            throw StartFailure.serviceAccount(path: path, reason: "\(error)")
        }
    }
}
