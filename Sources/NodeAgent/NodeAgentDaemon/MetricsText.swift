/// Prometheus's text format, version 0.0.4, as node_exporter reads it from a file.
struct MetricsText {
    private(set) var text = ""

    /// Absent values leave the metric out.
    mutating func add(_ metric: AgentMetric, _ value: (some CustomStringConvertible)?, labels: [(String, String)] = [])
    {
        guard let value else { return }
        describe(metric)
        sample(metric, value, labels)
    }

    /// One line for each value of a label.
    mutating func add(_ metric: AgentMetric, by label: String, _ samples: [(String, UInt64)]) {
        describe(metric)
        for (name, value) in samples { sample(metric, value, [(label, name)]) }
    }

    private mutating func describe(_ metric: AgentMetric) {
        text += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.kind)\n"
    }

    private mutating func sample(
        _ metric: AgentMetric,
        _ value: some CustomStringConvertible,
        _ labels: [(String, String)]
    ) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
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
