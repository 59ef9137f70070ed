/// What is the agent's own on its host: it is put right when another hand changes it.
public enum KeptPart: String, Hashable, Sendable, CaseIterable {
    case exitPolicy = "exit-policy"
    case forwarding
    /// Key, port, MTU and state of the interface.
    case interface
    case addresses
    case routes

    /// As the subject or object of a sentence.
    public var words: String {
        switch self {
        case .exitPolicy: "the exit policy"
        case .forwarding: "forwarding"
        case .interface: "the interface"
        case .addresses: "the interface's addresses"
        case .routes: "the interface's routes"
        }
    }
}
