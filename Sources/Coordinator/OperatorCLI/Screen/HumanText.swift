import Model

/// Times and quantities as people say them.
enum HumanText {
    /// `12s`, `5m`, `3h`, `4d`.
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    /// How long ago; `-` for never, the text itself where it is no time.
    static func ago(_ text: String?, now: Timestamp) -> String {
        guard let text else { return "-" }
        guard let moment = Timestamp(text) else { return plain(text) }
        return moment > now ? "in \(duration(moment - now))" : "\(duration(now - moment)) ago"
    }

    /// `1,234,567`.
    static func count(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return number < 0 ? "-\(grouped)" : grouped
    }

    /// `12.3 GiB`.
    static func bytes(_ number: Int64) -> String {
        var value = Double(number)
        var units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        return units[0] == "B" ? "\(number) B" : "\(oneDecimal(value)) \(units[0])"
    }

    static func oneDecimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    static func percent(_ part: Int64, of whole: Int64) -> String {
        whole > 0 ? "\(part * 100 / whole)%" : "-"
    }

    static func peers(_ number: Int64) -> String { "\(count(number)) \(number == 1 ? "peer" : "peers")" }

    /// What others have written, fit for a cell and a terminal.
    static func plain(_ text: String) -> String { PrintableText.line(text, charactersMax: 4096) }
}
