/// How many nodes of a region could not take a peer, by the first reason that held.
public struct PassedOver: Hashable, Sendable {
    public var cordoned = 0
    /// Not heard of recently, or never.
    public var unhealthy = 0
    /// Unable to do their work.
    public var outOfOrder = 0
    /// In order, but without room.
    public var full = 0

    public init(cordoned: Int = 0, unhealthy: Int = 0, outOfOrder: Int = 0, full: Int = 0) {
        self.cordoned = cordoned
        self.unhealthy = unhealthy
        self.outOfOrder = outOfOrder
        self.full = full
    }

    /// Counts a node that is not retired.
    public mutating func add(_ closure: NodeClosure) {
        switch closure {
        case .retired: break
        // Both wait for a person.
        case .cordoned, .endpointPending: cordoned += 1
        case .neverHeard, .unhealthy: unhealthy += 1
        case .outOfOrder: outOfOrder += 1
        }
    }
}

extension PassedOver: CustomStringConvertible {
    public var description: String {
        let broken = outOfOrder > 0 ? "\(outOfOrder) out of order, " : ""
        return "\(cordoned) cordoned, \(unhealthy) unhealthy, \(broken)\(full) full"
    }
}
