import Model

/// More nodes fell silent at once than nodes die at once: the coordinator suspects itself, and moves nobody.
public struct MassFailure: Hashable, Sendable {
    /// How many of the nodes of a region or of the fleet are silent.
    public struct Share: Hashable, Sendable {
        public let silent: Int
        public let total: Int
    }

    /// The regions above their share.
    public let regions: [RegionName: Share]
    /// Nil when the fleet as a whole is within its share.
    public let fleet: Share?
}

extension MassFailure: CustomStringConvertible {
    public var description: String {
        var parts = regions.sorted { $0.key < $1.key }.map { "\($1.silent) of \($1.total) nodes of \($0)" }
        if let fleet { parts.append("\(fleet.silent) of the fleet's \(fleet.total) nodes") }
        return "silent at once: \(parts.joined(separator: ", ")); nobody is declared lost"
    }
}
