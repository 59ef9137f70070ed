import ArgumentParser

/// How long a join token is good: a number with s, m, h or d, such as `1h`; at most 30 days.
struct TokenLifetime: ExpressibleByArgument {
    private static let seconds_max: Int64 = 30 * 86_400
    let duration: Duration
    private let text: String

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count > 0,
            count <= Self.seconds_max / unit
        else { return nil }
        duration = .seconds(count * unit)
        text = argument
    }

    var defaultValueDescription: String { text }
}
