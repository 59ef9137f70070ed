/// A parser that reads what strangers send, with what it reads every day.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Valid inputs, from which damaged ones are made. The parser makes sense of each.
    public let corpus: [[UInt8]]
    /// Words of the input's language, put in here and there.
    public let words: [[UInt8]]
    /// How many damaged inputs `make test` tries.
    public let inputCount: Int
    let read: @Sendable ([UInt8]) async -> Bool

    /// - Parameter read: returns whether the parser made sense of the input. It must neither trap nor grow.
    public init(
        _ name: String,
        corpus: [[UInt8]],
        words: [String] = [],
        inputCount: Int = 10_000,
        read: @escaping @Sendable ([UInt8]) async -> Bool
    ) {
        self.name = name
        self.corpus = corpus
        self.words = words.map { Array($0.utf8) }
        self.inputCount = inputCount
        self.read = read
    }
}
