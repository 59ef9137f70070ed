import ArgumentParser
import DaemonRuntime
import Glibc

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the running agent fares.",
        discussion: "Exit status 69 when no agent answers. The tunnels do not depend on the agent's running."
    )

    @Option(name: .long, help: "The configuration file (default: \(AgentSettings.defaultPath), if there is one).")
    var config: String?

    @Option(name: .long, help: "The running agent's socket.")
    var statusSocket: String?

    @Flag(name: .long, help: "Print the whole JSON document.")
    var json = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            let override = AgentSettings.statusSocket.overridden(by: statusSocket, flag: "--status-socket")
            let document = try StatusClient.ask(try AgentSettings.load(config, [override])[AgentSettings.statusSocket])
            if json { return print(document) }
            guard let report = StatusReport(json: document) else {
                throw Failure(.protocolViolation, "the agent is of another version: ask with --json")
            }
            print(report.lines.joined(separator: "\n"))
        }
    }

}

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
