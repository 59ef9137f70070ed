/// One look at the fleet's health.
public struct HealthAssessment: Hashable, Sendable {
    /// In the order of the nodes that were given.
    public let changes: [HealthChange]
    /// Why nobody becomes lost now; nil when the brake is off.
    public let brake: MassFailure?
}
