import DaemonRuntime
import Model
import ServiceLifecycle
import Synchronization

/// A listener whose failure to bind is told with the setting at fault.
struct NamedListener: Service {
    let setting: String
    let address: HostPort
    let service: any Service
    let announcement: ReadyAnnouncement

    func run() async throws {
        do {
            try await service.run()
        } catch  where !announcement.isListening(setting) {
            throw StartFailure.cannotListen(setting: setting, address: "\(address)", reason: "\(error)")
        }
    }
}
