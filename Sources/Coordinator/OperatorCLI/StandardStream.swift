import Glibc
import Model

/// Where commands speak to people, so that standard output holds results only.
enum StandardError {
    static func print(_ text: String) {
        StandardStream.write("holdfast: \(PrintableText.lines(text))\n", to: STDERR_FILENO)
    }
}

enum StandardStream {
    /// A result, which must not be lost silently: a script would go on with half of it.
    static func printResult(_ text: String) throws(CommandFailure) {
        let failure = write(PrintableText.lines(text) + "\n")
        // Whoever reads has enough, as `head` does.
        guard let failure, failure != EPIPE else { return }
        throw .lostOutput(reason: String(cString: strerror(failure)))
    }

    /// Unbuffered.
    ///
    /// - Returns: the error number where not everything was written.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) -> Int32? {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return errno }
            written += count
        }
        return nil
    }
}
