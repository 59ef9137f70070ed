import DaemonRuntime
import Glibc

/// The running agent's socket, from the side that asks.
enum StatusClient {
    /// - Returns: the document, one line of JSON.
    static func ask(_ path: String) throws(Failure) -> String {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, let address = UnixAddress(path) else {
            throw Failure(.configuration, "\(path) is no path of a socket")
        }
        defer { close(descriptor) }
        guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
            if errno == EACCES || errno == EPERM { throw Failure(.notPermitted, "only root may ask for the status") }
            throw Failure(.unavailable, "no agent answers at \(path): \(String(cString: strerror(errno)))")
        }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count < 1 << 20, case let count = read(descriptor, &chunk, chunk.count), count > 0 {
            bytes += chunk[..<count]
        }
        guard bytes.last == UInt8(ascii: "\n") else { throw Failure(.unavailable, "the agent at \(path) hangs") }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
