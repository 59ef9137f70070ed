import ArgumentParser
import DaemonRuntime
import Model
import UnixSignals

/// Watches an operation until it is over: a bar on a terminal, a line for each change elsewhere.
struct OperationWatch {
    let client: AdminClient
    let id: String
    let isJSON: Bool
    /// Gives up after this; the operation goes on.
    let timeout: Duration?
    /// Whether it is enough that every peer has switched.
    let untilMoved: Bool

    private static let wait_s = 30

    /// How watching ends. Pure, so that it can be tested for every state.
    enum Verdict: Equatable {
        case goOn
        case done
        case failed(CommandFailure)
    }

    static func verdict(_ operation: JSONDocument, untilMoved: Bool) -> Verdict {
        let reason = operation.string("reason").map(HumanText.plain)
        return switch operation.string("state") {
        case "done": .done
        case "lingering" where untilMoved: .done
        case "cancelled": .failed(.operationCancelled(id: operation.string("id") ?? ""))
        case "failed": .failed(.operationFailed(reason.map { "the operation failed: \($0)" } ?? "the operation failed"))
        case "waiting": .failed(.waitingForRoom(reason ?? "the region is full"))
        default: .goOn
        }
    }

    /// - Throws: `CommandFailure` when it does not end well.
    func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
            group.addTask {
                for await _ in signals { return false }
                return true
            }
            group.addTask {
                try await follow()
                return true
            }
            defer { group.cancelAll() }
            guard try await group.next() == false else { return }
            endLine()
            StandardError.print(
                "operation \(id) goes on; watch it with `holdfast operation watch \(id)`, or stop it with"
                    + " `holdfast operation cancel \(id)`"
            )
            throw ExitCode(130)
        }
    }

    private func follow() async throws {
        let start = ContinuousClock.now
        var version: String?
        while true {
            let operation = try await look(since: version)
            if operation.string("version") != version { report(operation) }
            version = operation.string("version")
            switch Self.verdict(operation, untilMoved: untilMoved) {
            case .goOn: break
            case .done:
                endLine()
                return
            case .failed(let failure):
                endLine()
                throw failure
            }
            if let timeout, start.duration(to: .now) >= timeout {
                endLine()
                throw CommandFailure.timeout("operation \(id) is not over yet; it goes on")
            }
        }
    }

    /// A coordinator that is away for a while is no reason to give up: the operation is in its database.
    private func look(since version: String?) async throws -> JSONDocument {
        var attempts = 0
        while true {
            do {
                return try await client.get(
                    "operations/\(id)",
                    version.map { ["since": $0, "wait": "\(waitSeconds)"] } ?? [:],
                    timeout: .seconds(Self.wait_s + 30)
                )
            } catch let failure as CommandFailure {
                attempts += 1
                switch failure {
                case .unreachable, .refused(status: 503, _, _, _):
                    guard attempts < 30 else { throw failure }
                default: throw failure
                }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private var waitSeconds: Int64 {
        min(Int64(Self.wait_s), max(1, timeout?.components.seconds ?? Int64(Self.wait_s)))
    }

    private var isLive: Bool { !isJSON && Terminal.isInteractive }

    private func report(_ operation: JSONDocument) {
        if isJSON {
            if let bytes = try? operation.bytes() {
                StandardStream.write(String(decoding: bytes, as: UTF8.self) + "\n")
            }
        } else if isLive {
            StandardStream.write("\r" + Progress.bar(operation, width: Terminal.size.columns - 1) + "\u{1b}[K")
        } else {
            StandardStream.write(Progress.text(operation) + "\n")
        }
    }

    private func endLine() {
        if isLive { StandardStream.write("\n") }
    }
}
