import Model

/// Which endpoints a node may state, and which changes of its endpoint a person is asked about. Pure.
///
/// Every client of the node sends its traffic to that endpoint.
public struct EndpointPolicy: Hashable, Sendable {
    /// Whether an endpoint may be no address of the internet: for fleets on a private network.
    public var allowsPrivate: Bool
    /// Whether an endpoint may jump to another network without an operator's word.
    public var acceptsJumps: Bool

    public init(allowsPrivate: Bool = false, acceptsJumps: Bool = false) {
        self.allowsPrivate = allowsPrivate
        self.acceptsJumps = acceptsJumps
    }

    enum Verdict: Hashable, Sendable {
        case same
        case taken
        /// An operator has to agree first.
        case held
    }

    /// How long after one change the next one is held.
    static let pause: Duration = .seconds(600)

    /// - Parameters:
    ///   - known: what clients are told now.
    ///   - changedAt: when that was changed last.
    func judge(_ stated: HostPort, known: HostPort?, changedAt: Timestamp?, now: Timestamp) -> Verdict {
        guard stated != known else { return .same }
        guard allows(stated) else { return .held }
        guard let known else { return .taken }
        guard acceptsJumps || Self.areNeighbours(stated, known) else { return .held }
        if let changedAt, changedAt > now - Self.pause, changedAt <= now { return .held }
        return .taken
    }

    /// Whether clients may be sent there. Where a name leads to is not looked at.
    public func allows(_ endpoint: HostPort) -> Bool {
        if allowsPrivate { return true }
        if let address = IPAddress(endpoint.host) { return address.isGlobal }
        return Self.isPublicName(endpoint.host)
    }

    /// A name of one word is the resolver's own. One whose last word is a number is an address in another notation:
    /// `127.1` and `0x7f.1` are the client's own machine (inet_aton(3)).
    private static func isPublicName(_ name: String) -> Bool {
        let words = name.lowercased().split(separator: ".")
        guard words.count > 1, let last = words.last, let first = last.utf8.first else { return false }
        return !(48...57).contains(first) && !["localhost", "local", "internal", "test", "invalid"].contains(last)
    }

    private static func areNeighbours(_ left: HostPort, _ right: HostPort) -> Bool {
        guard let left = IPAddress(left.host), let right = IPAddress(right.host) else { return left.host == right.host }
        return left.network == right.network
    }
}

/// What the operator lets nodes do on their links.
public struct LinkPolicy: Hashable, Sendable {
    public var endpoints: EndpointPolicy
    /// Whether another machine that comes with a node's identity waits for an operator's word.
    public var refusesOtherMachines: Bool

    public init(endpoints: EndpointPolicy = EndpointPolicy(), refusesOtherMachines: Bool = false) {
        self.endpoints = endpoints
        self.refusesOtherMachines = refusesOtherMachines
    }
}
