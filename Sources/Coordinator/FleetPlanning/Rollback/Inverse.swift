import Model

/// One step of a rollback: what is done, and which entries it undoes.
public struct Inverse: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// Only where it is still on `node`.
        case removePeer(PeerID, from: NodeID)
        /// Only where it is still on `from`.
        case movePeer(PeerID, from: NodeID, to: NodeID)
        case cordon(NodeID)
        case uncordon(NodeID)
        /// Each setting goes from its `from` to its `to`: the entry's own, exchanged.
        case edit(NodeID, [SettingChange])
        /// The token that the entry created.
        case revokeJoinToken
    }

    /// The newest first. More than one where a peer was placed several times: it goes back in one step, and the log gets
    /// an entry for each of these, which says that it undoes it.
    public let entries: [AuditedAction]
    public let action: Action
}
