/// How far a node is trusted, judged by when it was heard.
///
/// `alive → suspect → lost` by silence, one step at a look; `suspect → alive` when it is heard; `lost → returning`
/// when it is heard; `returning → alive` when it has its revision and has waited; `returning → lost` by silence.
public enum NodeHealth: String, Hashable, Sendable, CaseIterable {
    /// Takes new peers.
    case alive
    /// Silent: takes no new peers, and keeps those that it has.
    case suspect
    /// Silent for too long: its peers are re-placed.
    case lost
    /// Heard again, and not trusted with peers before it has its current revision.
    case returning
}
