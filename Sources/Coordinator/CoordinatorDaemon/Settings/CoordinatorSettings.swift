import Billing
import DaemonRuntime
import Logging
import Model
import Placement

/// The settings, checked against each other.
struct CoordinatorSettings: Sendable {
    let all: Settings
    let environment: [String: String]
    /// Absolute.
    let dataDirectory: String
    let secretsDirectory: String
    let tiers: TierCatalogue
    let addressPool: AddressPool
    let logLevel: Logger.Level

    init(file: String?, overrides: [SettingOverride?]) throws(SettingsError) {
        environment = ProcessEnvironment.current()
        all = try Settings.load(Declared.catalogue, file: file, environment: environment, overrides: overrides)
        guard let directory = DataDirectory.absolutePath(of: all[Declared.dataDirectory]) else {
            throw all.wrong(Declared.dataDirectory, expected: "the path of a directory")
        }
        dataDirectory = directory
        let secrets = all[Declared.secretsDirectory]
        secretsDirectory = secrets.isEmpty ? "\(directory)/secrets" : secrets
        logLevel = Logger.Level(rawValue: all[Declared.logLevel]) ?? .info
        tiers = try Self.tiers(all)
        addressPool = try Self.addressPool(all)
        try Self.checkPaymentLinks(all, tiers: tiers)
        try Self.checkTestPurchases(all, tiers: tiers)
        try Self.checkApple(all)
        try Self.checkGoogle(all)
        try Self.checkStorage(all)
        try checkFleet()
    }

    private static func addressPool(_ all: Settings) throws(SettingsError) -> AddressPool {
        do {
            return try AddressPool(ipv4: all[Declared.ipv4Pool], ipv6: all[Declared.ipv6Pool])
        } catch .notIPv6 {
            throw all.wrong(Declared.ipv6Pool, expected: "an IPv6 prefix")
        } catch {
            throw all.wrong(
                Declared.ipv4Pool,
                expected: "a prefix of length 30 or less, and tunnel.ipv6_pool 126 or less"
            )
        }
    }

    private static func checkPaymentLinks(_ all: Settings, tiers: TierCatalogue) throws(SettingsError) {
        for (name, link) in all[Declared.paymentLinks].sorted(by: { $0.key < $1.key }) {
            guard let tier = TierName(name), tiers[tier] != nil else {
                throw all.wrong(
                    Declared.paymentLinks,
                    expected: "keyed by names of [[tiers]]; there is no tier \(name),"
                )
            }
            guard link.hasPrefix("https://") || link.hasPrefix("http://") else {
                throw all.wrong(Declared.paymentLinks, expected: "a table of URLs; the one of \(name) is none,")
            }
        }
    }

    private static func checkApple(_ all: Settings) throws(SettingsError) {
        guard !all[Declared.appleBundleID].isEmpty else { return }
        guard !all[Declared.appleRoot].isEmpty else {
            throw all.wrong(Declared.appleRoot, expected: "given, since apple.bundle_id is,")
        }
        guard all[Declared.appleAppID] > 0 || !all[Declared.production] else {
            throw all.wrong(Declared.appleAppID, expected: "given in production, since apple.bundle_id is,")
        }
    }

    /// An audience or an account that is left open would let anybody push.
    private static func checkGoogle(_ all: Settings) throws(SettingsError) {
        guard !all[Declared.googlePackage].isEmpty else { return }
        for setting in [Declared.googlePushSubscription, Declared.googlePushAudience, Declared.googlePushAccount]
        where all[setting].isEmpty {
            throw all.wrong(setting, expected: "given, since google.package is,")
        }
    }

    /// Whether the file has the password of `database.url`, before the host or among the parameters.
    func holdsPassword(inFile path: String) -> Bool {
        guard all.source(of: Declared.databaseURL) == .file(path: path) else { return false }
        let url = self[Declared.databaseURL]
        let authority = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let user = authority.contains("@") ? authority.split(separator: "@")[0] : ""
        return user.contains(":") || url.contains("password=")
    }

    subscript<Value>(setting: Setting<Value>) -> Value { all[setting] }
}
