import Glibc
import Model

/// A line for the person at the terminal.
enum StandardError {
    static func write(_ line: String) {
        let bytes = Array((PrintableText.lines(line) + "\n").utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
