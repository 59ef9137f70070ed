import DaemonRuntime
import Logging
import Store

/// Once an hour, what is over is forgotten.
struct Housekeeping: Sendable {
    let store: Store
    let logger: Logger

    private static let interval: Duration = .seconds(3600)

    /// Until the task is cancelled. The first time comes at a random moment, so that instances do not meet.
    func run() async {
        var pause = Self.interval * Double.random(in: 0..<1)
        while (try? await Task.sleep(for: pause)) != nil {
            do {
                try await store.forgetWhatIsOver(now: SystemClock.now())
            } catch {
                // The next hour will do.
                logger.warning("forgetting what is over failed", metadata: ["error": "\(error)"])
            }
            pause = Self.interval
        }
    }
}
