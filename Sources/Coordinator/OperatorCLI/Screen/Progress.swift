/// An operation's progress in one line.
enum Progress {
    /// - Parameter width: of the terminal; the bar takes what the words leave.
    static func bar(_ operation: JSONDocument, width: Int) -> String {
        let total = operation.integer("total") ?? 0
        let moved = operation.integer("moved") ?? 0
        let share = total > 0 ? min(1, Double(moved) / Double(total)) : 1
        let words = " \(HumanText.percent(moved, of: total)) \(text(operation))"
        let room = min(40, width - words.count - 3)
        guard room >= 5 else { return String(words.dropFirst().prefix(max(0, width))) }
        let filled = Int(Double(room) * share)
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled) + "]" + words
    }

    /// `running: 120 of 400 peers moved, 20 under way`.
    static func text(_ operation: JSONDocument) -> String {
        let total = operation.integer("total") ?? 0
        let moved = operation.integer("moved") ?? 0
        var parts = ["\(HumanText.count(moved)) of \(HumanText.peers(total)) moved"]
        let counts = [("in_flight", "under way"), ("unplaced", "without a place"), ("lingering", "kept for a while")]
        for (key, words) in counts {
            if let number = operation.integer(key), number > 0 { parts.append("\(HumanText.count(number)) \(words)") }
        }
        let state = operation.string("state") ?? "?"
        let line = "\(state): \(parts.joined(separator: ", "))"
        return operation.string("reason").map { "\(line) (\(HumanText.plain($0)))" } ?? line
    }
}
