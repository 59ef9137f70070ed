import Glibc

/// Reads what a server on a unix socket says to whoever connects, to its end.
public enum UnixSocket {
    /// - Throws: ``LabFailure`` when nobody answers within 5 seconds.
    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try require(descriptor >= 0, "no socket")
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try require(bytes.count < MemoryLayout.size(ofValue: address.sun_path), "\(path) is too long for a socket")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try require(code == 0, "\(path): \(String(cString: strerror(errno)))")
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            try require(count >= 0, "\(path): \(String(cString: strerror(errno)))")
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }
}
