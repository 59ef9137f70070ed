/// How often each part was put right lately: what is told of it, whether that is a fight, and when the next repair may
/// be tried. Times are of one monotonic clock.
public struct RepairHistory: Hashable, Sendable {
    /// So many repairs of one part within ``window`` are the work of a program, and not of a person.
    public static let fightRepairs = 5
    public static let window = Duration.seconds(60)
    /// Between two repairs of one part: of an ordinary one, and in a fight, which is not won by speed.
    public static let pause = Duration.milliseconds(100)
    public static let pauseInFight = Duration.seconds(5)
    /// Repairs in one log line at least, after the first.
    public static let telling = Duration.seconds(60)

    /// What to tell of a repair: the first at once, then one sum a minute.
    public struct Report: Hashable, Sendable {
        public let count: Int
        /// The part has just become a fight.
        public let isFightNow: Bool

        public init(count: Int, isFightNow: Bool) {
            self.count = count
            self.isFightNow = isFightNow
        }
    }

    private struct Entry: Hashable {
        var total: UInt64 = 0
        /// At most ``RepairHistory/fightRepairs``, the latest last.
        var recent: [Duration] = []
        var untold = 0
        var told: Duration?
        var isFight = false
        var author: String?
    }

    private var entries: [KeptPart: Entry] = [:]

    public init() {}

    /// Since the agent started.
    public func total(of part: KeptPart) -> UInt64 { entries[part]?.total ?? 0 }

    /// Notes a repair.
    ///
    /// - Parameter author: who changed the part, where the kernel says so.
    /// - Returns: what to tell now; nil while it is too soon for another line.
    public mutating func note(_ part: KeptPart, by author: String? = nil, at now: Duration) -> Report? {
        var entry = entries[part] ?? Entry()
        defer { entries[part] = entry }
        let wasFight = isFight(part, at: now)
        entry.total += 1
        entry.untold += 1
        entry.author = author ?? entry.author
        entry.recent.append(now)
        if entry.recent.count > Self.fightRepairs { entry.recent.removeFirst() }
        entry.isFight = wasFight || Self.isDense(entry.recent, at: now)
        let isFightNow = entry.isFight && !wasFight
        if let told = entry.told, now - told < Self.telling, !isFightNow { return nil }
        let report = Report(count: entry.untold, isFightNow: isFightNow)
        entry.told = now
        entry.untold = 0
        return report
    }

    /// Repairs that no line told of although a minute has passed since the last.
    public mutating func overdue(at now: Duration) -> [(part: KeptPart, count: Int)] {
        var sums: [(part: KeptPart, count: Int)] = []
        for part in KeptPart.allCases {
            guard let entry = entries[part], entry.untold > 0, let told = entry.told, now - told >= Self.telling else {
                continue
            }
            sums.append((part, entry.untold))
            entries[part]?.untold = 0
            entries[part]?.told = now
        }
        return sums
    }

    public func mayRepair(_ part: KeptPart, at now: Duration) -> Bool {
        guard let last = entries[part]?.recent.last else { return true }
        return now - last >= (isFight(part, at: now) ? Self.pauseInFight : Self.pause)
    }

    /// A fight goes on until a whole window has passed without a repair.
    public func isFight(_ part: KeptPart, at now: Duration) -> Bool {
        guard let entry = entries[part], entry.isFight, let last = entry.recent.last else { return false }
        return now - last < Self.window
    }

    /// With whoever was seen last at the other end, where the kernel says so.
    public func fights(at now: Duration) -> [KeptPart: String?] {
        var fights: [KeptPart: String?] = [:]
        for part in KeptPart.allCases where isFight(part, at: now) { fights[part] = .some(entries[part]?.author) }
        return fights
    }

    private static func isDense(_ recent: [Duration], at now: Duration) -> Bool {
        recent.count == fightRepairs && now - recent[0] < window
    }
}
