import Model

extension Plan {
    /// The steps of a known small change, without reading or comparing the rest: work in proportion to the change.
    ///
    /// What it cannot see (a claim to an address of a peer that the change does not name, hands in the kernel) the next
    /// ``reconciling(desired:actual:)`` puts right.
    ///
    /// - Parameters:
    ///   - upserts: peers that come to be or change, each key once.
    ///   - removals: keys that go; one that also stands in `upserts` goes first and is then made anew.
    ///   - known: the entry that the kernel was given before this change; nil for a peer that it was never given.
    public static func delta(
        upserts: [PeerEntry],
        removals: [PublicKey],
        known: (PublicKey) -> PeerEntry?
    ) -> Plan {
        var plan = Plan()
        let leaving = Set(removals)
        for key in removals { plan.remove(key) }
        for entry in upserts {
            let before = leaving.contains(entry.publicKey) ? nil : known(entry.publicKey)
            plan.change(before.map { InstalledPeer($0) }, to: entry)
        }
        return plan
    }
}
