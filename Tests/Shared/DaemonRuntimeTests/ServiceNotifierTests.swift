import Glibc
import Testing

@testable import DaemonRuntime

@Suite struct ServiceNotifierTests {
    /// A datagram socket bound to `name`, where a leading NUL makes it abstract.
    private func listener(_ name: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(name.utf8)) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        #expect(bound == 0)
        return descriptor
    }

    private func received(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    @Test(arguments: [false, true])
    func `systemd is told through a path or an abstract socket`(_ isAbstract: Bool) {
        let scratch = Scratch()
        let name = isAbstract ? "holdfast-test-\(getpid())" : scratch.file("notify")
        let descriptor = listener(isAbstract ? "\0\(name)" : name)
        defer { close(descriptor) }
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": isAbstract ? "@\(name)" : name])
        #expect(notifier.ready(status: "serving\nWATCHDOG=trigger"))
        #expect(received(descriptor) == "READY=1\nSTATUS=serving WATCHDOG=trigger")
        #expect(notifier.watchdog())
        #expect(received(descriptor) == "WATCHDOG=1")
        #expect(notifier.stopping())
        #expect(received(descriptor) == "STOPPING=1")
    }

    @Test(arguments: [nil, "", "relative", "@", "/nowhere/socket", "/" + String(repeating: "x", count: 200)])
    func `without a usable socket nothing is told and nothing fails`(_ path: String?) {
        #expect(!ServiceNotifier(environment: path.map { ["NOTIFY_SOCKET": $0] } ?? [:]).ready(status: ""))
    }

    @Test func `the watchdog's interval is this process's own`() {
        let own = ["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "\(getpid())"]
        #expect(ServiceNotifier(environment: own).watchdogInterval == .seconds(2))
        let foreign = ["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"]
        #expect(ServiceNotifier(environment: foreign).watchdogInterval == nil)
        #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": "0"]).watchdogInterval == nil)
    }
}
