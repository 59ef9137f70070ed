import FleetPlanning
import Model

/// A plan of moves in JSON, with its text for people.
struct PlanResource: Encodable {
    struct Target: Encodable {
        let node: String
        let region: String
        let before: Int
        let added: Int
        let after: Int
        let capacity: Int

        static let schema = ResourceSchema(
            name: "PlanTarget",
            fields: [
                .required("node", .string, "Its name."),
                .required("region", .string, "Its region."),
                .required("before", .integer, "Peers that it has."),
                .required("added", .integer, "Peers that come."),
                .required("after", .integer, "Peers that it has then."),
                .required("capacity", .integer, "Peers that it may have."),
            ]
        )
    }

    let moves: Int
    let unplaced: Int
    let missing_places: [String: Int]
    let targets: [Target]
    let text: String

    init(_ plan: MovePlan, names: [NodeID: String]) {
        moves = plan.moves.count
        unplaced = plan.unplaced.count
        missing_places = Dictionary(plan.missingPlaces.map { ($0.key.text, $0.value) }) { first, _ in first }
        targets = plan.targets.map { target in
            Target(
                node: names[target.node] ?? "\(target.node)",
                region: target.region.text,
                before: target.before,
                added: target.added,
                after: target.after,
                capacity: target.capacity
            )
        }
        text = plan.text(names: names)
    }

    static let schema = ResourceSchema(
        name: "Plan",
        fields: [
            .required("moves", .integer, "Peers that have a place to go to."),
            .required("unplaced", .integer, "Peers that have none."),
            .required("missing_places", .map(.integer), "By region, what would let everybody move."),
            .required("targets", .list(.object(Target.schema)), "Who takes how many."),
            .required("text", .string, "The plan for people."),
        ]
    )
}
