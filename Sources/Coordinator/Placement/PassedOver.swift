/// How many nodes of a region could not take a peer, by the first reason that held.
public struct PassedOver: Hashable, Sendable {
    public var cordoned = 0
    /// Not heard of recently.
    public var unhealthy = 0
    /// In order, but without room.
    public var full = 0

    public init(cordoned: Int = 0, unhealthy: Int = 0, full: Int = 0) {
        self.cordoned = cordoned
        self.unhealthy = unhealthy
        self.full = full
    }
}

extension PassedOver: CustomStringConvertible {
    public var description: String { "\(cordoned) cordoned, \(unhealthy) unhealthy, \(full) full" }
}
