import DaemonRuntime
import Model

/// Whom one acts as, and on which coordinator: what `holdfast-coordinator operator add` writes.
struct Profile: Sendable {
    let path: String
    let coordinator: HostPort
    let operatorName: String
    /// PEM.
    let authority: String
    let certificate: String
    let key: Secret<String>

    private static let coordinatorSetting = Setting(
        "coordinator",
        .hostPort,
        default: HostPort(host: "127.0.0.1", port: 7444),
        help: "Where the coordinator is."
    )
    private static let operatorSetting = text("operator", "Whose certificate it is.")
    private static let authoritySetting = text("authority", "Whom the coordinator is known by.")
    private static let certificateSetting = text("certificate", "The operator's.")
    private static let keySetting = text("key", "The certificate's.")
    private static let catalogue = SettingsCatalogue(
        coordinatorSetting,
        operatorSetting,
        authoritySetting,
        certificateSetting,
        keySetting
    )

    private static func text(_ key: String, _ help: String) -> Setting<String> {
        Setting(key, .string, default: "", help: help)
    }

    /// - Throws: a failure that says what is wrong with the file; also when others may read it.
    init(file path: String) throws(CommandFailure) {
        do {
            _ = try DurableFile.read(path, limit_bytes: 64 << 10, ownerOnly: true)
        } catch .missing {
            throw .unknownProfile(name: path, path: path)
        } catch {
            throw .unreadableProfile("\(error)")
        }
        let settings: Settings
        do {
            settings = try Settings.load(Self.catalogue, file: path, environment: [:])
        } catch {
            throw .damagedProfile(path: path, reason: "\(error)")
        }
        self.path = path
        coordinator = settings[Self.coordinatorSetting]
        operatorName = settings[Self.operatorSetting]
        authority = settings[Self.authoritySetting]
        certificate = settings[Self.certificateSetting]
        key = Secret(settings[Self.keySetting])
        for (name, value) in [("authority", authority), ("certificate", certificate), ("key", key.reveal())] {
            guard value.contains("-----BEGIN") else {
                throw .damagedProfile(path: path, reason: "\(name) is not in PEM form")
            }
        }
    }
}
