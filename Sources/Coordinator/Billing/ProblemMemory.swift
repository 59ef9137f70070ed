import Model

/// Which problems were told of, and when.
public struct ProblemMemory: Sendable {
    public struct Problem: Hashable, Sendable {
        public let provider: PaymentProvider
        public let text: String
        public let count: Int
    }

    private struct Key: Hashable {
        let provider: PaymentProvider
        let text: String
    }

    private static let repetition: Duration = .seconds(3600)
    private var told: [Key: Timestamp] = [:]

    public init() {}

    /// Those to tell of now. What is over is forgotten.
    public mutating func due(
        of problems: [(provider: PaymentProvider, problem: String, count: Int)],
        now: Timestamp
    ) -> [Problem] {
        let keys = problems.map { Key(provider: $0.provider, text: $0.problem) }
        told = told.filter { keys.contains($0.key) }
        return zip(problems, keys).compactMap { problem, key in
            if let before = told[key], now - before < Self.repetition { return nil }
            told[key] = now
            return Problem(provider: problem.provider, text: problem.problem, count: problem.count)
        }
    }
}
