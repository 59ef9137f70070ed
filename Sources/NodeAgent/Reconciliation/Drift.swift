/// How many peers differ between what should be and what is.
public struct Drift: Hashable, Sendable {
    /// Peers that the kernel lacks.
    public var missing: Int
    /// Peers whose allowed-ips or settings are others.
    public var changed: Int
    /// Peers that the kernel has and the table has not.
    public var surplus: Int

    public init(missing: Int = 0, changed: Int = 0, surplus: Int = 0) {
        self.missing = missing
        self.changed = changed
        self.surplus = surplus
    }

    public var total: Int { missing + changed + surplus }
}
