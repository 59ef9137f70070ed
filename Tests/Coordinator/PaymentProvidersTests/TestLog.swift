import Logging
import Synchronization

/// Keeps what is logged, down to the last detail.
struct TestLog: LogHandler {
    private final class Lines: Sendable {
        let value = Mutex<[String]>([])
    }

    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    private let lines = Lines()

    var text: String { lines.value.withLock { $0.joined(separator: "\n") } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.value.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
