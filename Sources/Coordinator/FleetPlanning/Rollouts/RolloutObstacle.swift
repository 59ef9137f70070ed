import Model

/// What keeps a node from having passed.
enum RolloutObstacle: Hashable {
    case version(String?)
    case notLinked
    case notAlive(NodeHealth)
    case behind(Revision, of: Revision)
    case unknownPeers
    case kernelDiffers(inKernel: Int, inTable: Int)
    case activeUnknown(before: Int)
    case fewerActive(before: Int, now: Int)
    case refusals(Int64)
    /// Conditions that it did not have before: it takes no new peers.
    case closed([String], hasLasted: Bool)
    case lost

    /// Whether waiting cannot make it good.
    var isFailure: Bool {
        switch self {
        case .refusals, .lost: true
        case .closed(_, let hasLasted): hasLasted
        case .version, .notLinked, .notAlive, .behind, .unknownPeers, .kernelDiffers, .activeUnknown, .fewerActive:
            false
        }
    }
}

extension RolloutObstacle: CustomStringConvertible {
    var description: String {
        switch self {
        case .version(let version): "runs \(version ?? "an unknown version")"
        case .notLinked: "has no link"
        case .notAlive(let health): "is \(health.rawValue)"
        case .behind(let applied, let revision): "is at revision \(applied) of \(revision)"
        case .unknownPeers: "has not said how many peers it has"
        case .kernelDiffers(let kernel, let table): "has \(kernel) peers in its kernel and \(table) in its table"
        case .activeUnknown(let before): "has not said how many peers are active (\(before) before)"
        case .fewerActive(let before, let now): "has \(now) active peers, \(before) before"
        case .refusals(let number): "refused \(number) more \(number == 1 ? "change" : "changes") since"
        case .closed(let conditions, _): "is closed by \(conditions.joined(separator: ", "))"
        case .lost: "was lost after it was told"
        }
    }
}
