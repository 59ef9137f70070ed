/// One consistent look at the kernel's packet filter.
public struct Ruleset: Hashable, Sendable {
    /// Another table that refuses what it is not told to pass, and is told nothing of the interface.
    public struct ClosedChain: Hashable, Sendable, CustomStringConvertible {
        public let table: TableName
        public let chain: String

        public init(table: TableName, chain: String) {
            self.table = table
            self.chain = chain
        }

        public var description: String { "\(table) \(chain)" }
    }

    public internal(set) var generation: UInt32
    /// Our own table; nil where there is none.
    public internal(set) var image: TableImage?
    public internal(set) var closedChains: [ClosedChain] = []
}
