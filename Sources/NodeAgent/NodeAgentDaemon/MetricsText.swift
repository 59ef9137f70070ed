/// Prometheus's text format, version 0.0.4, as node_exporter reads it from a file.
struct MetricsText {
    private(set) var text = ""

    /// Absent values leave the metric out.
    mutating func add(_ metric: AgentMetric, _ value: (some CustomStringConvertible)?, labels: [(String, String)] = [])
    {
        guard let value else { return }
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.kind)\n"
        text += metric.rawValue + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(value)\n"
    }

    mutating func add(_ metric: AgentMetric, _ value: Bool) { add(metric, value ? 1 : 0) }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text
    }
}
