import Foundation
import Glibc

/// A ping that runs on while something happens, and afterwards tells what was lost.
public final class PingProbe {
    public struct Tally: Sendable {
        public let sent: Int
        public let lost: Int
        /// The longest time between two answers.
        public let longestSilence: Duration
    }

    private let daemon: Daemon

    public init(lab: Lab, from host: Host, to address: String, interval: Duration = .milliseconds(20)) throws {
        let name = "ping-\(host.name)-\(UInt32.random(in: 0...UInt32.max))"
        daemon = try lab.start(
            name,
            on: host,
            ["ping", "-n", "-D", "-i", String(format: "%.3f", interval.seconds), address]
        )
    }

    /// Lets it run on until it had so many answers: on a busy machine a scenario may be over before the first.
    public func wait(forAnswers count: Int, within limit: Duration = .seconds(30)) throws {
        try LabSupport.wait(for: "\(count) answers to a ping", within: limit, pause: .milliseconds(50)) {
            answerCount >= count
        }
    }

    /// The same, counted from now on.
    public func wait(forMoreAnswers count: Int) throws {
        try wait(forAnswers: answerCount + count)
    }

    private var answerCount: Int { daemon.log().split(separator: "\n").count { Self.answer($0) != nil } }

    /// Holds the next packets back meanwhile, as an app does while it changes its server; those on their way arrive.
    public func holdingBack(_ body: () throws -> Void) rethrows {
        daemon.signal(SIGSTOP)
        defer { daemon.signal(SIGCONT) }
        try body()
    }

    /// Ends the ping and counts. A packet on its way at the end is neither sent nor lost.
    public func stop() throws -> Tally {
        try daemon.terminate(within: .seconds(5), by: SIGINT)
        let lines = daemon.log().split(separator: "\n")
        let answers = lines.compactMap(Self.answer)
        let received = Set(answers.map(\.sequence))
        let summary = lines.last { $0.contains("packets transmitted") }
        let transmitted = try unwrap(
            summary.flatMap { $0.split(separator: " ").first.flatMap { Int($0) } },
            "ping ended without its summary: \(daemon.log().suffix(300))"
        )
        let sent = received.contains(transmitted) ? transmitted : transmitted - 1
        let gaps = zip(answers, answers.dropFirst()).map { $1.time - $0.time }
        return Tally(
            sent: sent,
            lost: sent - received.count,
            longestSilence: .milliseconds(Int((gaps.max() ?? 0) * 1000))
        )
    }

    /// `[1700000000.123456] 64 bytes from 1.2.3.80: icmp_seq=5 ttl=63 time=0.3 ms`
    private static func answer(_ line: Substring) -> (time: Double, sequence: Int)? {
        guard line.hasPrefix("["), line.contains("bytes from"), let end = line.firstIndex(of: "]"),
            let mark = line.range(of: "icmp_seq="),
            let time = Double(line[line.index(after: line.startIndex)..<end]),
            let sequence = Int(line[mark.upperBound...].prefix { $0.isNumber })
        else { return nil }
        return (time, sequence)
    }
}
