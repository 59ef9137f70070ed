import Model

/// How many calls a store gets at once.
///
/// Up to a limit; fewer when it is overloaded (halved once for what was asked at the same time), and one more each time
/// that as many were answered as are asked at once. After some failures in a row it is let be for a while, which doubles,
/// and then asked one thing.
struct CallPace: Hashable, Sendable {
    private static let failuresMax = 3
    private static let pauseMax: Duration = .seconds(30)

    /// Which of the halvings a call was made after: what was asked before the last one says nothing about it.
    typealias Epoch = Int

    let limit: Int
    private(set) var places: Int
    private(set) var epoch: Epoch = 0
    /// Nothing is asked before.
    private(set) var silentUntil: Timestamp?
    private var answersSinceGrowth = 0
    private var failuresInARow = 0
    private var pauses = 0

    /// - Parameter limit: positive.
    init(limit: Int) {
        precondition(limit > 0, "nothing would ever be asked")
        self.limit = limit
        places = limit
    }

    func isSilent(at now: Timestamp) -> Bool {
        silentUntil.map { now < $0 } ?? false
    }

    /// The store answered, whatever it was.
    mutating func answered() {
        failuresInARow = 0
        pauses = 0
        answersSinceGrowth += 1
        guard answersSinceGrowth >= places, places < limit else { return }
        places += 1
        answersSinceGrowth = 0
    }

    /// - Parameter jitter: of the pause, from 0 to 1, so that instances do not come back together.
    mutating func failed(_ kind: StoreTroubleKind, since asked: Epoch, now: Timestamp, jitter: Double) {
        guard asked == epoch else { return }
        failuresInARow += 1
        if kind == .overloaded {
            epoch += 1
            places = max(1, places / 2)
            answersSinceGrowth = 0
        }
        guard failuresInARow >= Self.failuresMax else { return }
        let pause = min(Duration.seconds(1) * (1 << min(pauses, 5)), Self.pauseMax)
        pauses += 1
        epoch += kind == .overloaded ? 0 : 1
        places = 1
        answersSinceGrowth = 0
        silentUntil = now + pause * (0.5 + jitter / 2)
    }
}
