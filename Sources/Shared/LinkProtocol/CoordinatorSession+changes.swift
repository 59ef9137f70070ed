import Model

extension CoordinatorSession {
    /// Whether the node is linked: who it is is known, and whatever it says is for the node alone.
    public var isServing: Bool { state == .catchingUp || state == .live }

    /// Something of the node has changed, or may have.
    public mutating func changed() {
        if isServing { stream.changed() }
    }

    /// What to read from the database now; answer with `answered` or `answeredSnapshot`. Nil: nothing, or not yet.
    public mutating func demand() -> Demand? {
        isServing ? stream.nextDemand() : nil
    }

    public mutating func answered(_ changes: ChangeSet) -> [Action] {
        guard isServing, stream.takesAnswer() else { return [] }
        switch changes {
        case .upToDate:
            state = .live
            return []
        case .isBehind:
            // Above all that the node has seen, so that it takes it.
            stream.restart(with: .snapshot(above: stream.sent))
            return []
        case .needsSnapshot:
            stream.restart(with: .snapshot(above: nil))
            return []
        case .delta(let delta, let digestChange, let hasMore):
            guard delta.base == stream.sent, delta.revision > delta.base else {
                stream.restart(with: .snapshot(above: nil))
                return []
            }
            let digest = stream.sentDigest.flatMap { digest in digestChange?.applied(to: digest) }
            stream.send(.init(revision: delta.revision, digest: digest, isSnapshot: false))
            if hasMore { stream.changed() }
            return [.send(.delta(delta))]
        }
    }

    public mutating func answeredSnapshot(_ snapshot: Snapshot) -> [Action] {
        guard isServing, stream.takesAnswer() else { return [] }
        let needsMore = stream.need
        stream.restart(with: needsMore)
        let header = snapshot.header
        stream.send(.init(revision: header.revision, digest: header.digest, isSnapshot: true))
        // Whatever changed while it was read is looked for behind it.
        stream.changed()
        let chunks = stride(from: 0, to: snapshot.entries.count, by: Self.peersPerMessageMax).map { start in
            let end = min(start + Self.peersPerMessageMax, snapshot.entries.count)
            return Action.send(.snapshotChunk(Array(snapshot.entries[start..<end])))
        }
        return [.send(.snapshotBegin(header))] + chunks + [.send(.snapshotEnd(revision: header.revision))]
    }

    mutating func acknowledged(_ value: Acknowledgement, now: ContinuousClock.Instant) -> [Action] {
        if let index = stream.inFlight.firstIndex(where: { $0.revision == value.revision }) {
            let item = stream.inFlight[index]
            let isAsExpected = item.digest == nil || item.digest == value.tableDigest
            // A delta of before the restart may have had the snapshot's revision: it is that one's answer.
            if isAsExpected || !stream.abandoned.contains(value.revision) {
                return complete(value, upTo: index, isAsExpected: isAsExpected)
            }
        }
        if stream.abandoned.contains(value.revision) {
            stream.abandoned.removeAll { $0 <= value.revision }
            return note(value, completesSnapshot: false)
        }
        if value.revision == stream.acknowledged?.revision { return repetition(now) }
        return end("revision \(value.revision) was acknowledged, but not sent")
    }

    private mutating func complete(_ value: Acknowledgement, upTo index: Int, isAsExpected: Bool) -> [Action] {
        let item = stream.inFlight[index]
        stream.inFlight.removeSubrange(...index)
        stream.abandoned.removeAll { $0 <= value.revision }
        if isAsExpected {
            // A digest that could not be foretold is known from here on.
            if item.revision == stream.sent { stream.sentDigest = value.tableDigest }
            stream.succeeded()
        } else {
            if item.isSnapshot { stream.postpone() } else { stream.restart(with: .snapshot(above: nil)) }
        }
        return note(value, completesSnapshot: item.isSnapshot && isAsExpected)
    }

    private mutating func note(_ value: Acknowledgement, completesSnapshot: Bool) -> [Action] {
        if let known = stream.acknowledged, value.revision < known.revision { return [] }
        stream.acknowledged = .init(revision: value.revision, digest: value.tableDigest)
        return [.recordAcknowledgement(value, completesSnapshot: completesSnapshot)]
    }

    mutating func refused(_ revision: Revision, _ reason: ChangeRefusal) -> [Action] {
        if let item = stream.inFlight.first(where: { $0.revision == revision }),
            !stream.abandoned.contains(revision) || reason.concernsSnapshots
        {
            stream.inFlight.removeAll { $0.revision == revision }
            let isHopelessNow = item.isSnapshot || reason == .tableUnavailable
            if isHopelessNow { stream.postpone() } else { stream.restart(with: .snapshot(above: nil)) }
            return [.recordRefusal(revision: revision, reason: reason)]
        }
        if let index = stream.abandoned.firstIndex(of: revision) {
            stream.abandoned.remove(at: index)
            return []
        }
        return end("revision \(revision) was refused, but not sent")
    }
}

extension ChangeRefusal {
    /// Whether only a snapshot can be refused with it.
    var concernsSnapshots: Bool {
        switch self {
        case .incompleteSnapshot, .massRemoval: true
        case .baseMismatch, .olderRevision, .conflictingContent, .tableUnavailable: false
        }
    }
}
