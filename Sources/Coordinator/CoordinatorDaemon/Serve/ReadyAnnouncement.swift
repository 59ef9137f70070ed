import DaemonRuntime
import Logging
import ServiceLifecycle
import Synchronization

/// Says that the coordinator serves, once every listener does: to the log and to systemd, whose watchdog it then feeds.
final class ReadyAnnouncement: Service {
    private let missing: Mutex<Set<String>>
    private let notifier: ServiceNotifier
    private let logger: Logger
    private let (ready, readySignal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(listeners: Set<String>, notifier: ServiceNotifier, logger: Logger) {
        missing = Mutex(listeners)
        self.notifier = notifier
        self.logger = logger
    }

    func listening(_ setting: String) {
        let isComplete = missing.withLock { missing in
            missing.remove(setting) != nil && missing.isEmpty
        }
        if isComplete { readySignal.yield() }
    }

    func isListening(_ setting: String) -> Bool { missing.withLock { !$0.contains(setting) } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.ready {
                self.logger.notice("ready", metadata: ["version": "\(Version.current)"])
                self.notifier.ready(status: "serving")
                await self.feedWatchdog()
                return
            }
        }
        notifier.stopping()
        logger.notice("stopping")
    }

    private func feedWatchdog() async {
        let pause = notifier.watchdogInterval.map { $0 / 2 } ?? .seconds(3600)
        while !Task.isCancelled {
            notifier.watchdog()
            try? await Task.sleep(for: pause)
        }
    }
}
