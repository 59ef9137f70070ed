import Foundation

/// Tells a story step by step on standard output: each step's words first, then whether it held and how long it took.
public final class Report {
    private struct Row {
        let title: String
        let shown: String
        let elapsed: Duration
    }

    private var rows: [Row] = []
    private let clock = ContinuousClock()
    private let titleWidth = 62

    public init(_ title: String) {
        write("\n\(title)\n\n")
    }

    /// - Parameter body: returns what was seen, in a few words.
    public func step(_ title: String, _ body: () throws -> String) throws {
        write("  \(pad(title, titleWidth)) ")
        let start = clock.now
        do {
            let shown = try body()
            let elapsed = clock.now - start
            write("✓ \(elapsed.text)\n")
            rows.append(Row(title: title, shown: shown, elapsed: elapsed))
        } catch {
            write("✗ \((clock.now - start).text)\n\n")
            throw error
        }
    }

    public func table() {
        let width = (rows.map(\.title.count).max() ?? 0) + 2
        write("\n")
        for row in rows { write("  \(pad(row.title, width))\(row.shown)\n") }
        let total = rows.reduce(Duration.zero) { $0 + $1.elapsed }
        write("\n  \(rows.count) steps held, in \(total.text)\n\n")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
