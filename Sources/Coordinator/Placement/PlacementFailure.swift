import Model

/// Why no node was chosen.
public enum PlacementFailure: Error, Hashable, Sendable {
    /// No node that is not retired belongs to it.
    case unknownRegion(RegionName)
    /// Every node that could be used has no room: capacity is to be added.
    case regionFull(PassedOver)
    /// Every node is cordoned, silent or out of order: it may pass.
    case noHealthyNode(PassedOver)
}

extension PlacementFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownRegion(let region): "unknown region \(region)"
        case .regionFull(let passedOver): "region full: \(passedOver)"
        case .noHealthyNode(let passedOver): "no healthy node: \(passedOver)"
        }
    }
}
