import Model

/// Judges every node by its silence.
///
/// **The brake.** When more than a share of a region or of the fleet is silent at once, and at least two nodes, nobody
/// anywhere becomes lost and suspects stay suspect: what failed is more likely the coordinator's own sight. Silent are
/// nodes that are past `suspectAfter`, and those declared lost within the last `lostAfter`, so that a failure that
/// spreads does not pass node by node. Nodes lost longer ago have been dealt with; they count neither as silent nor in
/// the total. Two nodes at least, because in a region of four nodes one is already more than 20 %: one dead node must
/// always be replaced. The price: of a region of two to nine nodes two that die together stay suspect until one is
/// heard, or an operator replaces or retires one.
///
/// - Parameter watchingSince: since when this coordinator has been able to hear nodes: it took the lease, or its clock
///   jumped. Silence counts from then at the earliest.
public func assessHealth(
    _ nodes: [ObservedNode],
    policy: HealthPolicy,
    watchingSince: Timestamp,
    now: Timestamp
) -> HealthAssessment {
    let silences = nodes.map { NodeSilence($0, policy: policy, watchingSince: watchingSince, now: now) }
    let brake = massFailure(zip(nodes, silences), policy: policy, now: now)
    // A moment of watching in the future was set by a clock that has been put back since: it begins now.
    let isAmnestyOver = now - min(watchingSince, now) >= policy.amnesty
    let judgement = HealthJudgement(policy: policy, mayLose: brake == nil && isAmnestyOver, now: now)
    let changes = zip(nodes, silences).compactMap { node, silence in
        silence.flatMap { judgement.change(of: node, silence: $0) }
    }
    return HealthAssessment(changes: changes, brake: brake)
}

private func massFailure(
    _ nodes: some Sequence<(ObservedNode, NodeSilence?)>,
    policy: HealthPolicy,
    now: Timestamp
) -> MassFailure? {
    var fleet = SilenceCount()
    var regions: [RegionName: SilenceCount] = [:]
    for case (let node, let silence?) in nodes {
        let isSilent: Bool
        if node.health == .lost {
            // Heard again is no failure; lost long ago is an old one.
            guard now - node.healthSince < policy.lostAfter else { continue }
            isSilent = silence.unheard >= policy.suspectAfter
        } else {
            isSilent = silence.watched >= policy.suspectAfter
        }
        fleet.add(isSilent: isSilent)
        regions[node.region, default: SilenceCount()].add(isSilent: isSilent)
    }
    let beyond = regions.compactMapValues { $0.beyond(permille: policy.brakeRegion_permille) }
    let ofFleet = fleet.beyond(permille: policy.brakeFleet_permille)
    return beyond.isEmpty && ofFleet == nil ? nil : MassFailure(regions: beyond, fleet: ofFleet)
}
