import ArgumentParser

/// A span of time on the command line: a number with s, m, h or d, such as `2h`.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
    let duration: Duration
    private let text: String

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count >= 0,
            count <= 3650 * 86_400 / unit
        else { return nil }
        duration = .seconds(count * unit)
        text = argument
    }

    var defaultValueDescription: String { text }

    var seconds: Int64 { duration.components.seconds }
}
