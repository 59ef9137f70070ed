/// The wire's version: one integer, raised by every change that an older side could not understand.
///
/// - 1 (2026-11-24): the first. Before its release it gained peers that linger, the agent's desired version, and a
///   node's conditions.
public enum WireVersion {
    public static let current: UInt32 = 1
    /// The oldest version that this side still speaks.
    public static let oldest: UInt32 = 1

    /// The version that both sides speak, or nil when there is none.
    public static func agreed(with other: UInt32) -> UInt32? {
        other >= oldest ? min(other, current) : nil
    }
}
