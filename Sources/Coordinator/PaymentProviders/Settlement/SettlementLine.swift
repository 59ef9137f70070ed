import Model
import Store

/// The events of one store between being taken from the inbox and being settled: says what to do next.
///
/// One taking and one writing at a time, so that a worker needs two connections to the database however many events wait;
/// what is resolved meanwhile is written together. As many groups are resolved at once as the store's pace allows.
struct SettlementLine {
    /// Events that are taken at once, and held at once.
    static let takenMax = 256
    static let heldMax = 1024
    /// Groups that share a transaction.
    static let writtenMax = 64
    /// How often a group is begun anew at once because somebody wrote its subscription meanwhile.
    private static let turnsMax = 3
    /// A group that waited longer is given back: the rest of the time that it is held for is needed.
    private static let waitMax: Duration = .seconds(5)

    struct Resolved: Sendable {
        let group: EventGroup
        let settlement: Settlement
    }

    enum Step {
        case take(limit: Int)
        case resolve(EventGroup, CallPace.Epoch)
        case write([Resolved])
        case tell(InboxEffect)
    }

    private(set) var pace: CallPace
    private var waiting: [EventGroup] = []
    private var resolved: [Resolved] = []
    private var untold: [InboxEffect] = []
    private var isTaking = false
    private var isWriting = false
    private var calling = 0
    private var held = 0
    private var mayHaveMore = true

    init(callsAtOnce: Int) {
        pace = CallPace(limit: callsAtOnce)
    }

    /// Whether nothing is under way.
    var isIdle: Bool { !isTaking && !isWriting && calling == 0 }

    /// Whoever calls does every one of them.
    mutating func steps(now: Timestamp) -> [Step] {
        var steps: [Step] = []
        let isSilent = pace.isSilent(at: now)
        giveBack { isSilent || now - $0.takenAt > Self.waitMax }
        while calling < pace.places, !untold.isEmpty {
            calling += 1
            steps.append(.tell(untold.removeFirst()))
        }
        let next = waiting.prefix(max(0, pace.places - calling))
        waiting.removeFirst(next.count)
        calling += next.count
        steps += next.map { .resolve($0, pace.epoch) }
        if !isWriting, !resolved.isEmpty {
            let batch = Array(resolved.prefix(Self.writtenMax))
            resolved.removeFirst(batch.count)
            isWriting = true
            steps.append(.write(batch))
        }
        let limit = min(Self.takenMax, max(8, 4 * pace.places))
        if mayHaveMore, !isTaking, !isSilent, waiting.count < pace.places, held + limit <= Self.heldMax {
            mayHaveMore = false
            isTaking = true
            steps.append(.take(limit: limit))
        }
        return steps
    }

    private mutating func giveBack(_ isToGo: (EventGroup) -> Bool) {
        let gone = waiting.filter(isToGo)
        guard !gone.isEmpty else { return }
        waiting.removeAll(where: isToGo)
        resolved += gone.map { Resolved(group: $0, settlement: $0.settlement(.untried)) }
    }

    /// There may be something in the inbox.
    mutating func woken() {
        mayHaveMore = true
    }

    /// - Parameter isAll: false when there may be more.
    mutating func taken(_ groups: [EventGroup], isAll: Bool) {
        isTaking = false
        mayHaveMore = mayHaveMore || !isAll
        held += groups.reduce(0) { $0 + $1.entries.count }
        waiting += groups
    }

    mutating func takingFailed() {
        isTaking = false
    }

    mutating func told() {
        calling -= 1
    }

    /// - Parameters:
    ///   - trouble: nil when the store answered, or was not asked.
    ///   - jitter: from 0 to 1.
    mutating func resolved(
        _ resolved: Resolved,
        _ trouble: StoreTroubleKind?,
        since epoch: CallPace.Epoch,
        now: Timestamp,
        jitter: Double
    ) {
        calling -= 1
        self.resolved.append(resolved)
        guard let trouble else { return pace.answered() }
        pace.failed(trouble, since: epoch, now: now, jitter: jitter)
    }

    /// - Parameter outcomes: one for each.
    mutating func written(_ batch: [Resolved], _ outcomes: [SettlementOutcome]) {
        isWriting = false
        // What came for these subscriptions meanwhile could not be taken.
        mayHaveMore = true
        for (resolved, outcome) in zip(batch, outcomes) {
            switch outcome {
            case .overtaken where resolved.group.turn + 1 < Self.turnsMax:
                var group = resolved.group
                group.turn += 1
                group.seen = nil
                waiting.insert(group, at: 0)
            case .overtaken:
                let later = resolved.group.settlement(.postponed(keepsPlace: false))
                self.resolved.append(Resolved(group: resolved.group, settlement: later))
            case .refused: refused(resolved)
            case .settled(let outcomes):
                held -= resolved.group.entries.count
                untold += Self.toTell(resolved.settlement, outcomes)
            case .behind: held -= resolved.group.entries.count
            }
        }
    }

    /// Its events are tried one at a time, so that the one which the database does not take stands aside alone.
    private mutating func refused(_ resolved: Resolved) {
        var group = resolved.group
        if group.entries.count > 1, group.triesMax > 1 {
            group.triesMax = 1
            group.seen = nil
            waiting.insert(group, at: 0)
            return
        }
        guard resolved.settlement.isSubstantial else {
            // It is held for a while, and comes back by itself.
            held -= group.entries.count
            return
        }
        let verdicts = group.entries.enumerated().map { place, entry in
            (entry, place == 0 ? Settlement.Verdict.postponed(keepsPlace: false) : .untried)
        }
        self.resolved.append(Resolved(group: group, settlement: Settlement(verdicts)))
    }

    /// Nothing was written: what is held comes back by itself.
    mutating func writingFailed(_ batch: [Resolved]) {
        isWriting = false
        held -= batch.reduce(0) { $0 + $1.group.entries.count }
    }

    private static func toTell(_ settlement: Settlement, _ outcomes: [InboxOutcome?]) -> [InboxEffect] {
        zip(settlement.events, outcomes).compactMap { event, outcome in
            guard case .effect(let effect) = event.verdict, effect.awaitsAcknowledgement != nil else { return nil }
            switch outcome {
            case .applied, .appliedAndParked: return effect
            case .settledBefore, .overtaken, nil: return nil
            }
        }
    }
}

extension Settlement {
    /// Whether it writes more than when an event is due again.
    fileprivate var isSubstantial: Bool {
        events.contains { event in
            switch event.verdict {
            case .effect, .nothing, .parked: true
            case .postponed, .untried: false
            }
        }
    }
}
