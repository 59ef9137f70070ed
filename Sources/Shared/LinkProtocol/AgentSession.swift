import Model

/// The agent's side of one link, without I/O: it takes what happened and says what to do.
///
/// `awaitingWelcome → live | renewalOnly → closed`. Deltas are accepted ahead of their being stored, so that a burst
/// can be committed at once; the acknowledgement of the last stands for all.
public struct AgentSession: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// `Hello` is sent. Leads to `live`, `renewalOnly` or `closed`.
        case awaitingWelcome
        /// Leads to `closed` only.
        case live
        /// The certificate has expired: only a new one is expected. Leads to `closed` only.
        case renewalOnly
        case closed
    }

    public enum Action: Hashable, Sendable {
        case send(AgentMessage)
        case adopt(Welcome)
        /// Store durably, then program; then say `stored` or `storeFailed`. Content hash goes with it into the table.
        case store(Delta, contentHash: [UInt8])
        case storeSnapshot(Snapshot)
        case installCertificate(IssuedCertificate)
        case pace(heartbeatInterval: Duration, serverTime: Timestamp, desiredVersion: String?)
        /// Close the link; dial again after `retryAfter`, or as the backoff says when it is nil.
        case close(reason: String, retryAfter: Duration?)
    }

    /// How far ahead of the table a revision may be: further than any fleet gets. There is no way back from a revision
    /// behind which there are none, so a coordinator that lost its mind must not lead there.
    static let leapMax: UInt64 = 1 << 40

    public private(set) var state: State = .awaitingWelcome
    /// The table's version once everything accepted so far is stored.
    public private(set) var accepted: TableVersion
    private var snapshot: SnapshotAssembly?

    public init(table: TableVersion) {
        accepted = table
    }

    /// - Parameter contentHash: the hash of a delta's `canonicalBytes`; nil for every other message.
    public mutating func received(_ message: CoordinatorMessage, contentHash: [UInt8]? = nil) -> [Action] {
        switch (state, message) {
        case (.closed, _):
            return []
        case (_, .close(let reason)):
            return end("the coordinator closed the link: \(reason)")
        case (_, .tryLater(let delay, let reason)):
            return end("the coordinator asks to come back later: \(reason)", retryAfter: delay)
        case (.awaitingWelcome, .welcome(let welcome)):
            guard WireVersion.agreed(with: welcome.wireVersion) != nil else {
                return protocolError("the coordinator speaks wire version \(welcome.wireVersion)")
            }
            state = welcome.renewalOnly ? .renewalOnly : .live
            return [.adopt(welcome)]
        case (.live, .heartbeatReply(let interval, let serverTime, let desiredVersion)):
            return [.pace(heartbeatInterval: interval, serverTime: serverTime, desiredVersion: desiredVersion)]
        case (.live, .certificate(let issued)):
            return [.installCertificate(issued)]
        case (.renewalOnly, .certificate(let issued)):
            return [.installCertificate(issued)] + end("the certificate was renewed", retryAfter: .zero)
        case (.live, .delta(let delta)):
            guard let contentHash, snapshot == nil else { return protocolError("a delta inside a snapshot") }
            return judge(delta, contentHash)
        case (.live, .snapshotBegin), (.live, .snapshotChunk), (.live, .snapshotEnd):
            return receivedSnapshotPart(message)
        default:
            return protocolError("\(message.name) is out of order")
        }
    }

    /// Everything accepted up to `revision` is durable and programmed.
    public mutating func stored(_ acknowledgement: Acknowledgement) -> [Action] {
        state == .live ? [.send(.acknowledgement(acknowledgement))] : []
    }

    /// What was accepted up to `revision` could not be stored: the table is still at `table`.
    ///
    /// What was accepted behind it hangs in the air, so it is refused by its base when it comes, and the coordinator
    /// starts anew from the table's revision.
    public mutating func storeFailed(_ revision: Revision, _ reason: ChangeRefusal, table: TableVersion) -> [Action] {
        accepted = table
        return state == .live ? [.send(.refusal(revision: revision, reason: reason))] : []
    }

    /// The transport is gone.
    public mutating func disconnected() {
        state = .closed
        snapshot = nil
    }

    private mutating func judge(_ delta: Delta, _ contentHash: [UInt8]) -> [Action] {
        switch DeltaRule.judge(delta, contentHash: contentHash, against: accepted) {
        case .apply where isTooFarAhead(delta.revision):
            return protocolError("revision \(delta.revision) cannot be")
        case .apply, .alreadyApplied:
            // One applied already is stored again: that costs nothing, and the acknowledgement follows as for any.
            accepted = TableVersion(revision: delta.revision, contentHash: contentHash)
            return [.store(delta, contentHash: contentHash)]
        case .refuse(let reason):
            return [.send(.refusal(revision: delta.revision, reason: reason))]
        }
    }

    private func isTooFarAhead(_ revision: Revision) -> Bool {
        revision > accepted.revision && revision.number - accepted.revision.number > Self.leapMax
    }

    private mutating func receivedSnapshotPart(_ message: CoordinatorMessage) -> [Action] {
        switch message {
        case .snapshotBegin(let header):
            guard snapshot == nil else { return protocolError("a snapshot inside a snapshot") }
            guard header.revision >= accepted.revision else {
                return [.send(.refusal(revision: header.revision, reason: .olderRevision))]
                    + protocolError("a snapshot of an older revision")
            }
            guard !isTooFarAhead(header.revision) else { return protocolError("revision \(header.revision) cannot be") }
            snapshot = SnapshotAssembly(header: header)
            return []
        case .snapshotChunk(let entries):
            guard snapshot?.append(entries) == true else { return refuseSnapshot("more peers than announced") }
            return []
        case .snapshotEnd(let revision):
            guard let whole = snapshot?.finished(revision: revision) else {
                return refuseSnapshot("fewer peers than announced")
            }
            snapshot = nil
            accepted = TableVersion(revision: revision, contentHash: nil)
            return [.storeSnapshot(whole)]
        default:
            return protocolError("\(message.name) is out of order")
        }
    }

    private mutating func refuseSnapshot(_ reason: String) -> [Action] {
        guard let revision = snapshot?.header.revision else {
            return protocolError("part of a snapshot that was not begun")
        }
        snapshot = nil
        return [.send(.refusal(revision: revision, reason: .incompleteSnapshot))]
            + protocolError("an incomplete snapshot: \(reason)")
    }

    private mutating func protocolError(_ reason: String) -> [Action] {
        [.send(.farewell(reason: reason))] + end(reason)
    }

    private mutating func end(_ reason: String, retryAfter: Duration? = nil) -> [Action] {
        disconnected()
        return [.close(reason: reason, retryAfter: retryAfter)]
    }
}
