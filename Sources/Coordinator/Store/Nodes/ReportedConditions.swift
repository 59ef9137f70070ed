import Database
import LinkProtocol

/// A heartbeat's conditions as columns: one of each kind, in the order of the kinds, so that the same conditions make the
/// same row.
struct ReportedConditions: Hashable {
    let kinds: [String]
    let details: [String]

    init(_ conditions: [NodeCondition]) {
        var details: [String: String] = [:]
        for condition in conditions.prefix(NodeCondition.countMax) where details[condition.kind.rawValue] == nil {
            details[condition.kind.rawValue] = condition.detail.forStorage
        }
        let sorted = details.sorted { $0.key < $1.key }
        kinds = sorted.map(\.key)
        self.details = sorted.map(\.value)
    }

    var kindsParameter: Parameter { .textArray(kinds) }
    var detailsParameter: Parameter { .textArray(details) }
}
