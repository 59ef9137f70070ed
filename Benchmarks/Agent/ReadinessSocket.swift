import Glibc
import LabSupport

/// The socket on which a service manager hears `READY=1` (sd_notify(3)).
final class ReadinessSocket {
    let path: String
    private let descriptor: Int32

    init(path: String) {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        precondition(name.count < 108, "\(path) is too long for a socket")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(status == 0, "no socket at \(path)")
    }

    deinit { close(descriptor) }

    /// Forgets what was said before.
    func drain() {
        while receive() != nil {}
    }

    /// False when nothing of the kind was said in time.
    func waitForReady(within limit: Duration) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, 1000)
            while let message = receive() {
                if message.split(separator: "\n").contains("READY=1") { return true }
            }
        }
        return false
    }

    private func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
