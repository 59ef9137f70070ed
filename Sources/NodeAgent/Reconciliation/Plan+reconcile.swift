import Model

extension Plan {
    /// The difference between what should be and what is: one hash of the kernel's peers and one walk over the table.
    ///
    /// - Parameters:
    ///   - desired: the table; should a key stand in it twice, the last entry counts.
    ///   - actual: everything that the kernel has, each key once.
    /// - Returns: an empty plan where nothing differs.
    public static func reconciling(desired: [PeerEntry], actual: [InstalledPeer]) -> Plan {
        var comparison = Comparison(desired: desired, actual: actual)
        comparison.denyConflictingClaims()
        return comparison.plan()
    }
}

/// The two sides, matched by key.
private struct Comparison {
    let desired: [PeerEntry]
    let actual: [InstalledPeer]
    /// For each desired entry its place in `actual`; nil where the kernel lacks the peer.
    private var match: [Int?] = []
    /// Places in `desired` that may need a step; entries that a later one of the same key replaces are not among them.
    private var differing: [Int] = []
    private var surplus: [PublicKey] = []
    private var conflicts: [AddressConflict] = []
    /// Addresses that a desired entry must do without.
    private var denied: [Int: Set<IPPrefix>] = [:]

    init(desired: [PeerEntry], actual: [InstalledPeer]) {
        self.desired = desired
        self.actual = actual
        var placeInDesired = [PublicKey: Int](minimumCapacity: desired.count)
        for (place, entry) in desired.enumerated() { placeInDesired[entry.publicKey] = place }
        match = [Int?](repeating: nil, count: desired.count)
        for (place, peer) in actual.enumerated() {
            if let wanted = placeInDesired[peer.entry.publicKey] {
                match[wanted] = place
            } else {
                surplus.append(peer.entry.publicKey)
            }
        }
        let isUnique = placeInDesired.count == desired.count
        for (place, entry) in desired.enumerated() {
            guard isUnique || placeInDesired[entry.publicKey] == place else { continue }
            // Whether it lingers is nothing that the kernel knows.
            if let found = match[place], actual[found].entry.allowedIPs == entry.allowedIPs,
                actual[found].foreignSettings.isEmpty
            {
                continue
            }
            differing.append(place)
        }
    }

    /// Decides about each address that several desired peers claim: its present holder keeps it, so that a working
    /// tunnel goes on; among claimants without it the smallest key gets it.
    ///
    /// The kernel never has an address twice, so a claim that conflicts is missing somewhere: only addresses that some
    /// peer lacks are looked at.
    mutating func denyConflictingClaims() {
        var keepers: [IPPrefix: Int] = [:]
        // An IPv4 and an IPv6 address each: after a boot that is every peer.
        keepers.reserveCapacity(2 * differing.count)
        for place in differing {
            let had = match[place].map { actual[$0].entry.allowedIPs } ?? []
            for address in SortedPrefixes.difference(desired[place].allowedIPs, without: had) {
                if let keeper = keepers[address] {
                    let first = desired[place].publicKey < desired[keeper].publicKey ? place : keeper
                    keepers[address] = first
                    deny(address, to: first == place ? keeper : place, keeper: first)
                } else {
                    keepers[address] = place
                }
            }
        }
        guard !keepers.isEmpty else { return }
        for (place, entry) in desired.enumerated() {
            guard let found = match[place] else { continue }
            for address in SortedPrefixes.common(entry.allowedIPs, actual[found].entry.allowedIPs) {
                if let claimant = keepers[address] { deny(address, to: claimant, keeper: place) }
            }
        }
    }

    private mutating func deny(_ address: IPPrefix, to place: Int, keeper: Int) {
        denied[place, default: []].insert(address)
        conflicts.append(
            AddressConflict(
                address: address,
                keeper: desired[keeper].publicKey,
                denied: desired[place].publicKey
            )
        )
    }

    func plan() -> Plan {
        var plan = Plan()
        plan.conflicts = conflicts
        plan.settings.reserveCapacity(differing.count)
        for key in surplus { plan.remove(key) }
        for place in differing {
            var entry = desired[place]
            if let refused = denied[place] {
                let allowed = entry.allowedIPs.filter { !refused.contains($0) }
                entry = PeerEntry(publicKey: entry.publicKey, allowedIPs: allowed)
            }
            plan.change(match[place].map { actual[$0] }, to: entry)
        }
        return plan
    }
}
