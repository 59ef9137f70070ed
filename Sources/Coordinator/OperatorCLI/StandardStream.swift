import Glibc

/// Where commands speak to people, so that standard output holds results only.
enum StandardError {
    static func print(_ text: String) {
        StandardStream.write("holdfast: \(text)\n", to: STDERR_FILENO)
    }
}

enum StandardStream {
    /// Unbuffered; what cannot be written is nobody's to read.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
