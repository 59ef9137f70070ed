import Model

/// What the coordinator knows of a node's health; retired nodes are not observed.
public struct ObservedNode: Hashable, Sendable {
    public let id: NodeID
    public let region: RegionName
    public let health: NodeHealth
    public let healthSince: Timestamp
    /// Nil for a node that has enrolled and never called.
    public let heardAt: Timestamp?
    public let isLinked: Bool
    /// In which it was told to be heard again; zero where that is not known.
    public let heartbeatInterval: Duration
    /// The revision that it should have.
    public let revision: Revision
    public let appliedRevision: Revision
    /// As of `flapPenaltyAt`; it fades since then.
    public let flapPenalty: Int
    public let flapPenaltyAt: Timestamp

    public init(
        id: NodeID,
        region: RegionName,
        health: NodeHealth,
        healthSince: Timestamp,
        heardAt: Timestamp?,
        isLinked: Bool,
        heartbeatInterval: Duration = .zero,
        revision: Revision,
        appliedRevision: Revision,
        flapPenalty: Int,
        flapPenaltyAt: Timestamp
    ) {
        self.id = id
        self.region = region
        self.health = health
        self.healthSince = healthSince
        self.heardAt = heardAt
        self.isLinked = isLinked
        self.heartbeatInterval = heartbeatInterval
        self.revision = revision
        self.appliedRevision = appliedRevision
        self.flapPenalty = flapPenalty
        self.flapPenaltyAt = flapPenaltyAt
    }
}
