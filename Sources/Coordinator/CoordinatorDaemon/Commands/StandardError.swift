import Glibc
import Model

/// Where commands speak to people, so that standard output holds results only.
enum StandardError {
    static func print(_ text: String) {
        let line = Array("holdfast-coordinator: \(PrintableText.lines(text))\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
