import Model

/// A node in a rollout: what it was before, and what it is now.
public struct RolloutNode: Hashable, Sendable {
    public let id: NodeID
    public let wave: Int
    /// What it is to run where that is not the rollout's version: on the way back, what it ran before.
    public let wantedVersion: String?
    public let agentVersion: String?
    public let isLinked: Bool
    public let health: NodeHealth
    public let revision: Revision
    public let appliedRevision: Revision
    /// Peers that the node refused, ever.
    public let refusedBefore: Int64
    public let refusedNow: Int64
    /// Peers with a recent handshake, a count. Nil where the node has not said.
    public let activeBefore: Int?
    public let activeNow: Int?
    public let peersInTable: Int?
    public let peersInKernel: Int?
    /// The kinds of conditions that close it, before it was told and by its last heartbeat, and since when it has had any.
    public let conditionsBefore: [String]
    public let conditionsNow: [String]
    public let conditionsSince: Timestamp?
    public let toldAt: Timestamp?
    public let passedAt: Timestamp?

    public init(
        id: NodeID,
        wave: Int,
        wantedVersion: String? = nil,
        agentVersion: String?,
        isLinked: Bool,
        health: NodeHealth,
        revision: Revision,
        appliedRevision: Revision,
        refusedBefore: Int64,
        refusedNow: Int64,
        activeBefore: Int?,
        activeNow: Int?,
        peersInTable: Int?,
        peersInKernel: Int?,
        conditionsBefore: [String] = [],
        conditionsNow: [String] = [],
        conditionsSince: Timestamp? = nil,
        toldAt: Timestamp?,
        passedAt: Timestamp?
    ) {
        self.id = id
        self.wave = wave
        self.wantedVersion = wantedVersion
        self.agentVersion = agentVersion
        self.isLinked = isLinked
        self.health = health
        self.revision = revision
        self.appliedRevision = appliedRevision
        self.refusedBefore = refusedBefore
        self.refusedNow = refusedNow
        self.activeBefore = activeBefore
        self.activeNow = activeNow
        self.peersInTable = peersInTable
        self.peersInKernel = peersInKernel
        self.conditionsBefore = conditionsBefore
        self.conditionsNow = conditionsNow
        self.conditionsSince = conditionsSince
        self.toldAt = toldAt
        self.passedAt = passedAt
    }
}
