import Model

extension Plan {
    /// Appends the steps that take one peer from what it is to what it should be.
    mutating func change(_ actual: InstalledPeer?, to desired: PeerEntry) {
        guard let actual else {
            drift.missing += 1
            // Replacing costs a new peer nothing, and is right when somebody added it since the kernel was read.
            settings.append(.set(PeerSetting(desired, replacesAllowedIPs: true)))
            return
        }
        guard actual.entry.allowedIPs != desired.allowedIPs || !actual.foreignSettings.isEmpty else { return }
        drift.changed += 1
        let kept = SortedPrefixes.common(actual.entry.allowedIPs, desired.allowedIPs)
        let loses = kept.count < actual.entry.allowedIPs.count
        let gains = kept.count < desired.allowedIPs.count
        if loses {
            let rest = PeerEntry(publicKey: desired.publicKey, allowedIPs: kept)
            surrenders.append(.set(PeerSetting(rest, replacesAllowedIPs: true, clears: actual.foreignSettings)))
        }
        if gains || !loses {
            let clears = loses ? [] : actual.foreignSettings
            settings.append(.set(PeerSetting(desired, replacesAllowedIPs: false, clears: clears)))
        }
    }

    mutating func remove(_ key: PublicKey) {
        drift.surplus += 1
        removals.append(.remove(key))
    }
}
