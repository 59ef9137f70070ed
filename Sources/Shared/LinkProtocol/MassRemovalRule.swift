/// Guards the tunnels against a coordinator that lost its mind: a snapshot seldom removes most of a table.
public enum MassRemovalRule {
    /// Tables smaller than this are not guarded.
    public static let guardedCountMin = 20

    /// - Parameters:
    ///   - removed: how many of the table's peers the snapshot does not hold.
    ///   - count: how many peers the table holds now.
    public static func allows(removing removed: Int, of count: Int, explicitly allowed: Bool) -> Bool {
        allowed || count < guardedCountMin || removed * 2 <= count
    }
}
