import Glibc

/// Tells systemd how the service is (`sd_notify(3)`); says nothing when no one listens.
public struct ServiceNotifier: Sendable {
    /// The path of the manager's datagram socket; a leading `@` stands for an abstract one.
    private let socketPath: String?
    /// Open from the start: a process that has no more files to open must still feed its watchdog.
    private let datagrams: NotifySocket?
    /// How often systemd wants to hear `watchdog()` at least; nil when it does not watch. Feed it twice as often.
    public let watchdogInterval: Duration?

    /// - Parameter environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are looked at.
    public init(environment: [String: String]) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        // sun_path has 108 bytes on Linux, of which a pathname needs one for its end.
        let usable = (path.hasPrefix("/") || path.hasPrefix("@")) && (2...107).contains(path.utf8.count)
        socketPath = usable ? path : nil
        datagrams = usable ? NotifySocket() : nil
        let watched = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let interval_us = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogInterval = watched ? interval_us.map { .microseconds($0) } : nil
    }

    /// Each of these returns whether systemd was told.
    @discardableResult
    public func ready(status: String) -> Bool { send("READY=1\nSTATUS=\(Self.oneLine(status))") }

    @discardableResult
    public func stopping() -> Bool { send("STOPPING=1") }

    @discardableResult
    public func watchdog() -> Bool { send("WATCHDOG=1") }

    @discardableResult
    public func status(_ text: String) -> Bool { send("STATUS=\(Self.oneLine(text))") }

    /// A line break would start another assignment.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    private func send(_ message: String) -> Bool {
        guard let socketPath, let descriptor = datagrams?.descriptor, descriptor >= 0 else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketPath.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.count
        let bytes = Array(message.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
        return sent == bytes.count
    }
}

/// A datagram socket that is closed with the last copy of its notifier.
private final class NotifySocket: Sendable {
    let descriptor: Int32

    init() {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
