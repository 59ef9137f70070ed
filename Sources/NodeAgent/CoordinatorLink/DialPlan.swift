import Model

/// Which coordinator to try next: all in turn, a wait only after a round of failures, and the last good one first.
struct DialPlan: Hashable, Sendable {
    let coordinators: [HostPort]
    private var position = 0
    private var failuresInRound = 0
    var backoff = Backoff()

    /// - Precondition: at least one coordinator.
    init(_ coordinators: [HostPort]) {
        precondition(!coordinators.isEmpty, "an agent has a coordinator to dial")
        self.coordinators = coordinators
    }

    var current: HostPort { coordinators[position] }

    /// - Returns: how long to wait before the next attempt; nil: not at all, another coordinator has its turn.
    mutating func failed(random: Double) -> Duration? {
        position = (position + 1) % coordinators.count
        failuresInRound += 1
        guard failuresInRound >= coordinators.count else { return nil }
        failuresInRound = 0
        return backoff.next(random: random)
    }

    /// A coordinator answered heartbeats: the wait begins small again.
    mutating func succeeded() {
        failuresInRound = 0
        backoff.reset()
    }
}
