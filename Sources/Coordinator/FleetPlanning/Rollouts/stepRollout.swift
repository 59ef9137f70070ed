import Model

/// Looks at a rollout, and says what to do next.
///
/// Nodes of the current wave, and those of earlier waves that were lost in theirs and are back, are told the version.
/// One that runs it, is linked and alive, at its revision, with its table in the kernel and without a rise in failures
/// has passed. A node that was lost before it was told is skipped. The wave passes when all others have, and are still
/// in order when it has soaked. It halts at a failure that waiting cannot make good (a refused change, a
/// condition that lasts, a node lost after it was told), when a node takes too long, and where nothing would have proved the version before the next wave.
///
/// - Parameter waves: how many there are.
/// - Parameter names: the nodes' names, for the reasons; one without is shown by its id.
/// - Returns: the nodes that have passed since the last look, to be recorded whatever the step is.
public func stepRollout(
    version: String,
    waves: Int,
    currentWave: Int,
    waveBeganAt: Timestamp,
    nodes: [RolloutNode],
    policy: RolloutPolicy = RolloutPolicy(),
    names: [NodeID: String] = [:],
    now: Timestamp
) -> (passed: [NodeID], step: RolloutStep) {
    let look = RolloutLook(
        version: version,
        currentWave: currentWave,
        isLastWave: currentWave >= waves - 1,
        waveBeganAt: waveBeganAt,
        nodes: nodes,
        policy: policy,
        names: names,
        now: now
    )
    return (look.newlyPassed, look.step)
}
