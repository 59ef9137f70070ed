import ArgumentParser
import DaemonRuntime
import Model

/// A moment on the command line: `2026-01-31T12:00:00Z`, or a span such as `2h`, which is so long ago.
struct MomentArgument: ExpressibleByArgument, Hashable, Sendable {
    let moment: Timestamp

    init?(argument: String) {
        self.init(argument, now: SystemClock.now())
    }

    init?(_ text: String, now: Timestamp) {
        if let moment = Timestamp(text) {
            self.moment = moment
        } else if let span = DurationArgument(argument: text) {
            moment = now - span.duration
        } else {
            return nil
        }
    }
}
