import Glibc
import Logging
import Synchronization

/// Writes each record as one logfmt line to a descriptor, standard error by default.
///
/// Under systemd (`JOURNAL_STREAM`) the line carries a priority prefix, `<6>` for instance, instead of a time:
/// the journal has its own.
public struct LogfmtHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let descriptor: Int32
    private let writesToJournal: Bool

    /// A pipe keeps writes apart only up to 4096 bytes; the lock does for longer lines.
    private static let output = Mutex(())

    public init(label: String, level: Logger.Level, writesToJournal: Bool, descriptor: Int32 = STDERR_FILENO) {
        self.label = label
        self.descriptor = descriptor
        self.writesToJournal = writesToJournal
        logLevel = level
    }

    /// Makes every `Logger` of the process write here. Once, before the first logger is made.
    ///
    /// A reader of standard error that goes away must not end the daemon: SIGPIPE is ignored from here on.
    public static func bootstrap(level: Logger.Level, environment: [String: String]) {
        signal(SIGPIPE, SIG_IGN)
        let journal = isJournal(STDERR_FILENO, environment: environment)
        LoggingSystem.bootstrap { LogfmtHandler(label: $0, level: level, writesToJournal: journal) }
    }

    /// Whether the descriptor is the stream that `JOURNAL_STREAM=DEVICE:INODE` names (systemd.exec(5)).
    static func isJournal(_ descriptor: Int32, environment: [String: String]) -> Bool {
        var facts = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(descriptor, &facts) == 0 else { return false }
        return stream == "\(facts.st_dev):\(facts.st_ino)"
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = LogfmtLine()
        if !writesToJournal { line.append("time", "\(SystemClock.now())") }
        line.append("level", event.level.rawValue)
        line.append("logger", label)
        line.append("msg", event.message.description)
        var entries = metadata
        entries.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        entries.merge(event.metadata ?? [:]) { _, new in new }
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            line.append(key, metadata: value)
        }
        if let error = event.error { line.append("error", "\(error)") }
        let prefix = writesToJournal ? "<\(Self.priority(of: event.level))>" : ""
        Self.write(prefix + line.text + "\n", to: descriptor)
    }

    /// The priorities of syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A line that cannot be written is lost: logging must not stop what it reports on.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        output.withLock { _ in
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while !rest.isEmpty {
                    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                }
            }
        }
    }
}
