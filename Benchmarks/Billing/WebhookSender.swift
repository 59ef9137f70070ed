import Glibc
import LabSupport

/// One kept-open connection that sends webhooks and reads only what tells one answer from the next: beside PostgreSQL's
/// own pgbench, a client that costs much would be what is measured.
final class WebhookSender {
    private static let terminator = Array("\r\n\r\n".utf8)
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 4096)

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try require(descriptor >= 0, "no socket")
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try require(code == 0, "the coordinator cannot be reached")
    }

    deinit { close(descriptor) }

    /// - Throws: ``LabFailure`` unless the answer is 200.
    func send(_ request: [UInt8]) throws {
        let sent = Glibc.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        try require(sent == request.count, "the connection broke")
        var filled = 0
        while true {
            let count = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + filled, $0.count - filled, 0)
            }
            try require(count > 0, "the connection was closed")
            filled += count
            if let length = answerLength(buffer[..<filled]), filled >= length { break }
        }
        let status = String(decoding: buffer[9..<12], as: UTF8.self)
        try require(status == "200", "answered \(String(decoding: buffer[..<filled], as: UTF8.self))")
    }

    /// Head and body; nil before the head is complete.
    private func answerLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Self.terminator) }) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        let field = head.split(whereSeparator: \.isNewline).first { $0.hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }
        return end + Self.terminator.count + (length ?? 0)
    }
}
