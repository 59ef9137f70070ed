import BenchmarkSupport
import Foundation
import Glibc
import LabSupport

/// Webhooks of many clients at once, of the kinds that a renewal brings, for subscriptions that are all different.
struct WebhookLoad: Sendable {
    let port: UInt16
    let clients: Int

    /// Each client sends the next when the last is answered.
    ///
    /// - Returns: how many were answered 200; anything else is an error.
    func closed(for length: Duration) throws -> (count: Int, elapsed: Duration) {
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = start + length
        let counts = try concurrently(clients) { number in
            var source = try WebhookSource(client: number)
            let sender = try WebhookSender(port: port)
            var count = 0
            while clock.now < deadline {
                try sender.send(try source.next())
                count += 1
            }
            return count
        }
        return (counts.reduce(0, +), clock.now - start)
    }

    /// Each is sent when its time has come, or as soon as its connection is free, and counts from its time on: an answer
    /// that is late delays nobody's clock.
    func paced(perSecond: Double, for length: Duration) throws -> Sample {
        let clock = ContinuousClock()
        let start = clock.now + .milliseconds(100)
        let total = Int(perSecond * length.seconds)
        let parts = try concurrently(clients) { number in
            var source = try WebhookSource(client: number)
            let sender = try WebhookSender(port: port)
            var times = Sample()
            for index in stride(from: number, to: total, by: clients) {
                let due = start + .seconds(Double(index) / perSecond)
                let request = try source.next()
                rest(until: due)
                try sender.send(request)
                times.add(clock.now - due)
            }
            return times
        }
        var all = Sample()
        for part in parts { for duration in part.durations { all.add(duration) } }
        return all
    }

    private func rest(until due: ContinuousClock.Instant) {
        let left = due - ContinuousClock.now
        guard left > .zero else { return }
        usleep(UInt32(left.seconds * 1_000_000))
    }
}
