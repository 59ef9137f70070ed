import Model

/// In which steps a version reaches the fleet: each wave includes those before it, and the last is everybody.
public struct RolloutWaves: Hashable, Sendable {
    public let waves: [RolloutWave]

    /// Reads `1,10%,50%,100%`: counts of nodes and shares of the fleet.
    ///
    /// A last wave of 100 % is added where it is missing. A first wave of everybody gets a second one, for the nodes
    /// that the first one holds back (see `assign`).
    public init(_ text: some StringProtocol) throws(RolloutWavesError) {
        try self.init(texts: text.split(omittingEmptySubsequences: false) { $0 == "," }.map { String($0) })
    }

    /// - Parameter texts: each wave as an operator writes it.
    public init(texts: [String]) throws(RolloutWavesError) {
        var waves: [RolloutWave] = []
        let trimmed = texts.map(Self.trimmed)
        guard trimmed.contains(where: { !$0.isEmpty }) else { throw .empty }
        for text in trimmed {
            let wave = try Self.wave(text)
            if let last = waves.last, Self.isSmaller(wave, than: last) {
                throw .decreasing(from: last.description, to: text)
            }
            waves.append(wave)
        }
        if waves.last != .percent(100) || waves.count == 1 { waves.append(.percent(100)) }
        self.waves = waves
    }

    public var count: Int { waves.count }
    /// What `init(texts:)` reads again.
    public var texts: [String] { waves.map(\.description) }

    private static func wave(_ text: String) throws(RolloutWavesError) -> RolloutWave {
        let isShare = text.hasSuffix("%")
        let digits = isShare ? String(text.dropLast()) : text
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
        guard isNumber, let number = Int(digits) else { throw .malformed(text) }
        guard number > 0 else { throw .zero(text) }
        guard isShare else { return .nodes(number) }
        guard number <= 100 else { throw .aboveWhole(text) }
        return .percent(number)
    }

    /// Of a count and a share nobody knows before the fleet is counted; the smaller one then has no nodes of its own.
    private static func isSmaller(_ wave: RolloutWave, than last: RolloutWave) -> Bool {
        switch (last, wave) {
        case (.nodes(let before), .nodes(let number)): number < before
        case (.percent(let before), .percent(let number)): number < before
        case (.percent(100), .nodes): true
        default: false
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension RolloutWaves: CustomStringConvertible {
    public var description: String { texts.joined(separator: ",") }
}
