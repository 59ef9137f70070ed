/// What an examination found out about one thing.
struct Finding: Hashable {
    enum Verdict: String, Hashable {
        case passed = "ok"
        case warning
        case failed
    }

    let subject: String
    let verdict: Verdict
    let text: String
    /// What to do; nil where all is well.
    let remedy: String?

    static func passed(_ subject: String, _ text: String) -> Finding {
        Finding(subject: subject, verdict: .passed, text: text, remedy: nil)
    }

    static func warning(_ subject: String, _ text: String, remedy: String) -> Finding {
        Finding(subject: subject, verdict: .warning, text: text, remedy: remedy)
    }

    static func failed(_ subject: String, _ text: String, remedy: String) -> Finding {
        Finding(subject: subject, verdict: .failed, text: text, remedy: remedy)
    }

    var line: String {
        let mark =
            switch verdict {
            case .passed: "ok     "
            case .warning: "WARNING"
            case .failed: "FAILED "
            }
        let advice = remedy.map { "\n        -> \($0)" } ?? ""
        return "\(mark) \(subject): \(text)\(advice)"
    }

    var document: JSON {
        .object([
            ("subject", .string(subject)), ("verdict", .string(verdict.rawValue)), ("text", .string(text)),
            ("remedy", .text(remedy)),
        ])
    }
}
