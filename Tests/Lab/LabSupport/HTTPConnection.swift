import Glibc

/// One kept-open connection that speaks HTTP/1.1, one request at a time, blocking.
///
/// The lab's own, so that what is measured is the coordinator and not a client library's event loop, and so that
/// building the tests needs no HTTP stack.
public final class HTTPConnection {
    private let descriptor: Int32
    private let authority: String
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - host: an IPv4 address.
    ///   - timeout_s: for each read and write.
    public init(host: String, port: UInt16, timeout_s: Int = 90) throws {
        authority = "\(host):\(port)"
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try require(descriptor >= 0, "socket: \(errorText())")
        var limit = timeval(tv_sec: timeout_s, tv_usec: 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        try require(inet_pton(AF_INET, host, &address.sin_addr) == 1, "\(host) is not an IPv4 address")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try require(code == 0, "\(authority): \(errorText())")
    }

    deinit { close(descriptor) }

    /// - Throws: ``LabFailure`` when the connection breaks; it is of no use afterwards.
    public func send(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: [UInt8]? = nil
    ) throws -> HTTPResponse {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(authority)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try write(Array((head + "\r\n").utf8) + (body ?? []))
        return try readResponse()
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            try require(count > 0, "\(authority): \(errorText())")
            sent += count
        }
    }

    private func readResponse() throws -> HTTPResponse {
        let statusLine = try readLine()
        let words = statusLine.split(separator: " ", maxSplits: 2)
        let status = try unwrap(words.count > 1 ? Int(words[1]) : nil, "not an answer: \(statusLine)")
        var headers: [String: String] = [:]
        while case let line = try readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            try require(parts.count == 2, "not a header: \(line)")
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        return HTTPResponse(status: status, headers: headers, body: try readBody(status, headers))
    }

    private func readBody(_ status: Int, _ headers: [String: String]) throws -> [UInt8] {
        if status == 204 || status == 304 { return [] }
        if let text = headers["content-length"] {
            return try take(unwrap(Int(text), "content-length: \(text)"))
        }
        try require(headers["transfer-encoding"] == "chunked", "an answer of unknown length")
        var body: [UInt8] = []
        while true {
            let line = try readLine()
            let count = try unwrap(Int(line.prefix { $0 != ";" }, radix: 16), "not a chunk: \(line)")
            body += try take(count)
            if count == 0 { break }
            _ = try take(2)
        }
        while try !readLine().isEmpty {}
        return body
    }

    private func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
                buffer.removeFirst(end + 1)
                return String(decoding: line, as: UTF8.self)
            }
            try receive()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try receive() }
        let bytes = Array(buffer[..<count])
        buffer.removeFirst(count)
        return bytes
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 16384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        try require(count != 0, "\(authority): closed the connection")
        try require(count > 0, "\(authority): \(errorText())")
        buffer += chunk[..<count]
    }
}

private func errorText() -> String { String(cString: strerror(errno)) }
