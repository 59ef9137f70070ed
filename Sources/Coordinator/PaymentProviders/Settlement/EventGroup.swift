import Model
import Store

/// Events of one subscription, or one that names none, on their way from the inbox and back.
struct EventGroup: Hashable, Sendable {
    /// In the order in which they were accepted; never empty.
    let entries: [InboxEntry]
    let takenAt: Timestamp
    /// The subscription as it was read when they were taken; nil when it is to be read anew.
    var seen: InboxEffect.Seen?
    /// How often it was begun anew because somebody wrote the subscription meanwhile.
    var turn = 0
    /// How many of them may be tried together: one, once the database has refused what they come to.
    var triesMax = Int.max

    /// - Parameters:
    ///   - entries: the oldest first.
    ///   - versions: of the subscriptions that they name and that there are; nil when they were not read.
    static func groups(
        _ entries: [InboxEntry],
        versions: [String: Int64]?,
        takenAt: Timestamp
    ) -> [EventGroup] {
        var groups: [EventGroup] = []
        var places: [String: Int] = [:]
        var members: [[InboxEntry]] = []
        for entry in entries {
            if let reference = entry.storeReference, let place = places[reference] {
                members[place].append(entry)
            } else {
                if let reference = entry.storeReference { places[reference] = members.count }
                members.append([entry])
            }
        }
        for entries in members {
            var seen: InboxEffect.Seen?
            if let reference = entries[0].storeReference, let versions {
                seen = versions[reference].map { .version($0) } ?? .absent
            }
            groups.append(EventGroup(entries: entries, takenAt: takenAt, seen: seen))
        }
        return groups
    }

    func settlement(_ verdict: Settlement.Verdict) -> Settlement {
        Settlement(entries.map { ($0, verdict) })
    }
}
