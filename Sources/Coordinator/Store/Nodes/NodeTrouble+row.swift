import Database
import FleetPlanning
import LinkProtocol
import Model

extension NodeTrouble {
    static let columns = """
        condition_kinds, condition_details, conditions_since, refusing_since, refusing_reason, trouble_changes,
        told_reasons, told_changes, told_penalty, told_at
        """

    /// The reason of a node that refuses its changes. The others are the kinds of conditions.
    static let refusing = "refuses-changes"

    /// Every reason that there is: a closed set, for the metrics.
    public static let allReasons = NodeCondition.Kind.allCases.map(\.rawValue) + [refusing]

    init(_ row: Row) throws(DatabaseError) {
        var reasons: [Reason] = []
        for (kind, detail) in zip(try row.textArray("condition_kinds"), try row.textArray("condition_details")) {
            reasons.append(Reason(name: kind, detail: detail))
        }
        let refusingSince = try row.optionalMoment("refusing_since")
        if refusingSince != nil {
            reasons.append(Reason(name: Self.refusing, detail: try row.optionalText("refusing_reason") ?? ""))
        }
        self.init(
            reasons: reasons,
            since: [try row.optionalMoment("conditions_since"), refusingSince].compactMap { $0 }.min(),
            changes: try row.int64("trouble_changes"),
            told: Told(
                reasons: try row.textArray("told_reasons"),
                changes: try row.int64("told_changes"),
                penalty: Int(try row.int32("told_penalty")),
                at: try row.moment("told_at")
            )
        )
    }
}
