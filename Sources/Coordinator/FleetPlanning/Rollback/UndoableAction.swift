/// The actions of the audit log that an inverse is known for, and those that bear on them.
enum UndoableAction: String {
    case peerProvisioned = "peer.provisioned"
    case peerMoved = "peer.moved"
    case nodeCordoned = "node.cordoned"
    case nodeUncordoned = "node.uncordoned"
    case nodeEdited = "node.edited"
    case joinTokenCreated = "join_token.created"

    /// Why `action` has no inverse, for people.
    static func reasonAgainst(_ action: String) -> String {
        switch action {
        case "peer.removed": "a removed peer has given up its addresses and its place: its app asks for new ones"
        case "peer.refused", "change.refused": "a refusal has changed nothing"
        case "node.enrolled": "a node that has enrolled is drained and retired, not undone"
        case "node.retired": "a retired node's certificate is void: the machine enrols anew, as another node"
        case "node.closed", "node.opened": "a node closes and opens by its own word"
        case "peer.placed_elsewhere": "the node that had the peer did not install it"
        case "certificate.renewed": "the node has destroyed its earlier key"
        case _ where action.hasPrefix("entitlement."): "what a subscription may use is the store's word"
        case _ where action.hasPrefix("token."): "only the app knows the token's secret"
        default: "\(action) has no inverse"
        }
    }
}
