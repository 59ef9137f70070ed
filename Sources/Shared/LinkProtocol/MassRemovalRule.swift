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

    /// Whether a snapshot's removals are what the coordinator decided, and not what it forgot: it still knows each of
    /// them as a removal that the node has not acknowledged. So a node that was lost, and whose peers moved away
    /// meanwhile, takes the snapshot that it needs when it is back.
    ///
    /// - Parameters:
    ///   - removals: peers whose removal the node has yet to acknowledge.
    ///   - remaining: entries of the snapshot.
    ///   - inTable: the peers that the node has said to have; nil before its first heartbeat. More than the coordinator
    ///     knows of are some that it has forgotten, and then the removals prove nothing.
    public static func isMeant(removals: Int, remaining: Int, inTable: Int?) -> Bool {
        removals > remaining && (inTable ?? 0) <= removals + remaining
    }
}
