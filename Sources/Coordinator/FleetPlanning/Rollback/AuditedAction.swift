import Model

/// An entry of the audit log, as far as undoing it goes.
public struct AuditedAction: Hashable, Sendable {
    /// The entry's number: later entries have greater ones.
    public let id: Int64
    public let at: Timestamp
    /// As the log has it: `peer.moved`.
    public let action: String
    public let node: NodeID?
    /// Where a moved peer was before.
    public let fromNode: NodeID?
    public let peer: PeerID?
    /// The settings that `node.edited` changed.
    public let changes: [SettingChange]
    /// The entry whose inverse this is.
    public let undoes: Int64?

    public init(
        id: Int64,
        at: Timestamp,
        action: String,
        node: NodeID? = nil,
        fromNode: NodeID? = nil,
        peer: PeerID? = nil,
        changes: [SettingChange] = [],
        undoes: Int64? = nil
    ) {
        self.id = id
        self.at = at
        self.action = action
        self.node = node
        self.fromNode = fromNode
        self.peer = peer
        self.changes = changes
        self.undoes = undoes
    }
}
