import Logging
import Synchronization

/// A logger for what others can cause at will: of each message the first is written at once, and what comes within the
/// next minute is counted and told by the line after it, or by `writeCounts`.
public struct QuietLogger: Sendable {
    private let logger: Logger
    private let subjectKey: String
    private let state: State

    private final class State: Sendable {
        let repetitions: Mutex<Repetitions<Line>>

        init(window: Duration) {
            repetitions = Mutex(Repetitions(window: window))
        }
    }

    private struct Line: Hashable {
        let level: Logger.Level
        let text: String
        let subject: String
    }

    /// - Parameter subjectKey: how the subject is called in the metadata.
    public init(_ logger: Logger, subjectKey: String = "node", window: Duration = .seconds(60)) {
        self.logger = logger
        self.subjectKey = subjectKey
        state = State(window: window)
    }

    /// - Parameters:
    ///   - message: the same text for the same thing; what differs goes into the metadata.
    ///   - subject: what is counted apart, such as a node's id; not for words that a stranger chooses.
    public func log(
        _ level: Logger.Level,
        _ message: String,
        of subject: String = "",
        _ metadata: Logger.Metadata = [:],
        now: ContinuousClock.Instant = .now
    ) {
        let line = Line(level: level, text: message, subject: subject)
        guard let before = state.repetitions.withLock({ $0.note(line, now: now) }) else { return }
        write(line, metadata, before: before)
    }

    public func info(_ message: String, of subject: String = "", metadata: Logger.Metadata = [:]) {
        log(.info, message, of: subject, metadata)
    }

    public func notice(_ message: String, of subject: String = "", metadata: Logger.Metadata = [:]) {
        log(.notice, message, of: subject, metadata)
    }

    public func warning(_ message: String, of subject: String = "", metadata: Logger.Metadata = [:]) {
        log(.warning, message, of: subject, metadata)
    }

    public func error(_ message: String, of subject: String = "", metadata: Logger.Metadata = [:]) {
        log(.error, message, of: subject, metadata)
    }

    /// Writes what was counted and is a minute old.
    public func writeCounts(now: ContinuousClock.Instant = .now) {
        for (line, count) in state.repetitions.withLock({ $0.takeOver(now: now) }) { write(line, [:], before: count) }
    }

    private func write(_ line: Line, _ metadata: Logger.Metadata, before: Int) {
        var metadata = metadata
        if !line.subject.isEmpty { metadata[subjectKey] = "\(line.subject)" }
        if before > 0 { metadata["repeated"] = "\(before)" }
        logger.log(level: line.level, "\(line.text)", metadata: metadata)
    }
}

/// Counts what happens again and again, for each key: the first is told, those of the next while are counted. Pure.
public struct Repetitions<Key: Hashable & Sendable>: Sendable {
    private let window: Duration
    private let keysMax: Int
    private var told: [Key: (at: ContinuousClock.Instant, since: Int)] = [:]

    /// - Parameter keysMax: should there be more, all are forgotten: memory is not theirs to fill.
    public init(window: Duration, keysMax: Int = 10_000) {
        self.window = window
        self.keysMax = keysMax
    }

    /// - Returns: nil when it is only counted; else how many were counted since it was told last.
    public mutating func note(_ key: Key, now: ContinuousClock.Instant) -> Int? {
        if let last = told[key], last.at.duration(to: now) < window {
            told[key]?.since += 1
            return nil
        }
        let before = told[key]?.since ?? 0
        if told.count >= keysMax, told[key] == nil { told.removeAll() }
        told[key] = (now, 0)
        return before
    }

    /// Forgets what is older than the window.
    ///
    /// - Returns: the keys of which any were counted, with their counts.
    public mutating func takeOver(now: ContinuousClock.Instant) -> [(key: Key, count: Int)] {
        let over = told.filter { $0.value.at.duration(to: now) >= window }
        for key in over.keys { told[key] = nil }
        return over.filter { $0.value.since > 0 }.map { ($0.key, $0.value.since) }
    }
}
