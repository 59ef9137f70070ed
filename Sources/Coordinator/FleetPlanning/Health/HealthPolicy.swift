/// When silence becomes a suspicion and a loss, and when the coordinator distrusts itself instead.
public struct HealthPolicy: Hashable, Sendable {
    public let suspectAfter: Duration
    public let lostAfter: Duration
    /// After `watchingSince`, how long nobody becomes lost: the nodes need time to find the coordinator again.
    public let amnesty: Duration
    /// The share of a region that may fall silent at once; more is a failure of something else than nodes.
    public let brakeRegion_permille: Int
    public let brakeFleet_permille: Int
    public let damping: FlapDamping

    /// - Parameter amnesty: `lostAfter` when nil.
    public init(
        suspectAfter: Duration = .seconds(45),
        lostAfter: Duration = .seconds(120),
        amnesty: Duration? = nil,
        brakeRegion_permille: Int = 200,
        brakeFleet_permille: Int = 300,
        damping: FlapDamping = FlapDamping()
    ) {
        precondition(suspectAfter > .zero && suspectAfter <= lostAfter, "a node is suspected before it is lost")
        precondition((0...1000).contains(brakeRegion_permille), "a brake is a share of the region")
        precondition((0...1000).contains(brakeFleet_permille), "a brake is a share of the fleet")
        self.suspectAfter = suspectAfter
        self.lostAfter = lostAfter
        self.amnesty = amnesty ?? lostAfter
        self.brakeRegion_permille = brakeRegion_permille
        self.brakeFleet_permille = brakeFleet_permille
        self.damping = damping
    }
}
