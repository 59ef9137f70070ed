/// The lab's address plan: the internet from the ranges kept for documentation (RFC 5737, RFC 3849), and what lies
/// behind the nodes from ranges that an exit policy takes for the internet. Nothing of it leaves the lab.
public enum LabAddresses {
    /// The internet, on which coordinator, nodes and clients meet.
    static let internetPrefix = "203.0.113."
    static let internetPrefix6 = "2001:db8:1::"
    /// What lies behind the exit nodes; clients reach it only through a tunnel.
    static let beyondPrefix = "1.2.3."
    static let beyondPrefix6 = "2a00:1:2:3::"

    static let lab = 1
    static let coordinator = 10
    static let firstNode = 20
    static let firstClient = 100
    static let outside = 80

    /// The lab's own address on the internet.
    public static let labAddress = "\(internetPrefix)\(lab)"
    public static let coordinatorAddress = "\(internetPrefix)\(coordinator)"
    /// The addresses of the first device, as its node sees it.
    public static let firstClientAddress = "\(internetPrefix)\(firstClient + 1)"
    public static let firstClientAddressIPv6 = "\(internetPrefix6)\(firstClient + 1)"
    /// A host behind the exit nodes.
    public static let outsideIPv4 = "\(beyondPrefix)\(outside)"
    public static let outsideIPv6 = "\(beyondPrefix6)\(outside)"
}
