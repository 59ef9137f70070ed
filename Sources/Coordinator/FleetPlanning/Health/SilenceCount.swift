import Model

/// How many nodes are silent together, in a region or in the fleet.
struct SilenceCount {
    private var silent = 0
    private var total = 0

    mutating func add(isSilent: Bool) {
        total += 1
        if isSilent { silent += 1 }
    }

    /// Nil within the share. One node is never a mass failure, however small the region: it must be replaced.
    func beyond(permille: Int) -> MassFailure.Share? {
        guard silent >= 2, silent * 1000 > total * permille else { return nil }
        return MassFailure.Share(silent: silent, total: total)
    }
}
