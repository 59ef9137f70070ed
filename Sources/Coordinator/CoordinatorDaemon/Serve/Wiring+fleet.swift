import CertificateAuthority
import Cryptography
import DaemonRuntime
import FleetControl
import FleetPlanning
import Logging
import Model
import NodeProvider
import SecretStore
import Store

// The fleet's controllers

extension Wiring {
    func fleetController(
        _ changeFeed: ChangeFeed,
        _ authority: CertificateAuthority,
        _ pepper: Pepper,
        _ secrets: Secrets
    ) throws -> FleetController {
        FleetController(
            store: store,
            changeFeed: changeFeed,
            instance: instance,
            policy: settings.fleetPolicy,
            capacity: try capacityTerms(authority, pepper, secrets),
            logger: Logger(label: "fleet"),
            now: { SystemClock.now() }
        )
    }

    /// Nil when capacity is left to people.
    private func capacityTerms(
        _ authority: CertificateAuthority,
        _ pepper: Pepper,
        _ secrets: Secrets
    ) throws -> CapacityTerms? {
        guard settings[Declared.capacityMode] != "off" else { return nil }
        let isApplied = settings[Declared.capacityMode] == "apply"
        return CapacityTerms(
            mode: isApplied ? .apply(try provider(secrets), try cloudInit()) : .propose,
            policy: settings.capacityPolicy,
            lifetime: settings[Declared.requestLifetime],
            providerTimeout: settings[Declared.providerTimeout],
            linger: settings[Declared.linger],
            pepper: pepper,
            authorityPin: authority.pin
        )
    }

    private func provider(_ secrets: Secrets) throws -> NodeProvider {
        let (command, webhook) = (settings[Declared.providerCommand], settings[Declared.providerWebhook])
        switch (command.isEmpty, webhook.isEmpty) {
        case (false, true):
            guard command.hasPrefix("/") else {
                throw settings.all.wrong(Declared.providerCommand, expected: "the absolute path of a program")
            }
            return .command(command)
        case (true, false):
            guard webhook.hasPrefix("https://") || webhook.hasPrefix("http://127.0.0.1:") else {
                throw settings.all.wrong(Declared.providerWebhook, expected: "an https URL")
            }
            guard let key = try secrets.store.secret(.providerWebhookKey) else {
                throw StartFailure.providerKey(path: secrets.store.path(of: .providerWebhookKey))
            }
            return .webhook(url: webhook, key: key)
        default:
            throw settings.all.wrong(
                Declared.providerCommand,
                expected: "set where capacity.mode is apply, and provider.webhook empty, or the other way round"
            )
        }
    }

    private func cloudInit() throws -> CloudInit {
        let coordinators = settings[Declared.providerCoordinators]
        guard !coordinators.isEmpty else {
            throw settings.all.wrong(Declared.providerCoordinators, expected: "set where capacity.mode is apply")
        }
        return CloudInit(coordinators: coordinators, repository: settings[Declared.providerRepository])
    }
}
