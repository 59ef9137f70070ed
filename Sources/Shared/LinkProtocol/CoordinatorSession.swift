import Model

/// The coordinator's side of one link, without I/O: it takes what happened and says what to do.
///
/// `awaitingHello → opening → welcoming → catchingUp → live`, or `awaitingHello → renewalOnly`; all lead to `closed`.
/// Changes are pulled: `demand` says what to read from the database next, and holds back while the window is full.
public struct CoordinatorSession: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// Leads to `opening`, `renewalOnly` or `closed`.
        case awaitingHello
        /// The database is asked whether this link may be. Leads to `welcoming` or `closed`.
        case opening
        /// The node is about to be welcomed: nothing may overtake that. Leads to `catchingUp` or `closed`.
        case welcoming
        /// Leads to `live` once the node was sent everything, or to `closed`.
        case catchingUp
        /// Leads to `closed` only; a node that falls behind again stays live.
        case live
        /// The certificate has expired: it serves for one renewal, for a minute. Leads to `closed` only.
        case renewalOnly
        case closed
    }

    public enum Action: Hashable, Sendable {
        case send(CoordinatorMessage)
        /// Ask the database to open the link; then `opened`.
        case open(Hello)
        case welcome(renewalOnly: Bool, desiredVersion: String? = nil)
        case recordAcknowledgement(Acknowledgement, completesSnapshot: Bool)
        /// Record it, answer it, and say with `paced` what was answered.
        case answerHeartbeat(Heartbeat)
        /// Then `renewed`.
        case renew(certificateRequest: [UInt8])
        case recordRefusal(revision: Revision, reason: ChangeRefusal)
        /// State the reason to the agent and close the link.
        case close(reason: String)
    }

    /// What to read from the database for the node.
    public enum Demand: Hashable, Sendable {
        case changes(after: Revision)
        /// When `above` is given, the node's revision must first be raised beyond it: the agent has seen revisions that
        /// this database has not, as after its restoration from a backup.
        case snapshot(above: Revision?)
    }

    /// How many deltas and snapshots may be unacknowledged.
    public static let window = 4
    /// How many peers one delta or one chunk of a snapshot carries at most: below 512 KiB with two addresses each.
    public static let peersPerMessageMax = 2000
    /// Of the reason that ends a link, in characters of which the longest take a few dozen bytes. It may repeat the other
    /// side's own words, and neither a frame nor a line of the log is theirs to fill.
    public static let reasonLengthMax = 200
    /// How long a link that serves for a renewal may take for it.
    public static let renewalLimit: Duration = .seconds(60)
    /// Above this a revision is no count of anything but an attempt to wear the counter out.
    static let plausibleRevisionMax = Revision(1 << 62)

    public internal(set) var state: State = .awaitingHello
    var stream = ChangeStream()
    private let isRenewalOnly: Bool
    private let helloLimit: Duration
    private var heartbeatInterval: Duration
    private var heardAt: ContinuousClock.Instant
    private var renewalBegan: ContinuousClock.Instant?
    private var heartbeats = Allowance(burst: 8)
    private var renewals = Allowance(burst: 2)
    var repetitions = Allowance(burst: 64)
    private var greeting: Hello?
    private var hasAskedForRenewal = false

    /// - Parameters:
    ///   - renewalOnly: the certificate has expired.
    ///   - helloLimit: how long the agent may take to say Hello.
    public init(
        renewalOnly: Bool,
        heartbeatInterval: Duration,
        helloLimit: Duration,
        now: ContinuousClock.Instant
    ) {
        isRenewalOnly = renewalOnly
        self.heartbeatInterval = heartbeatInterval
        self.helloLimit = helloLimit
        heardAt = now
    }

    public mutating func received(_ message: AgentMessage, now: ContinuousClock.Instant) -> [Action] {
        heardAt = now
        switch (state, message) {
        case (.closed, _):
            return []
        case (_, .farewell(let reason)):
            return end("the agent said: \(reason.prefix(Self.reasonLengthMax))")
        case (.awaitingHello, .hello(let hello)):
            return greeted(hello, now: now)
        case (.catchingUp, .acknowledgement(let value)), (.live, .acknowledgement(let value)):
            return acknowledged(value, now: now)
        case (.catchingUp, .refusal(let revision, let reason)), (.live, .refusal(let revision, let reason)):
            return refused(revision, reason)
        case (.catchingUp, .heartbeat(let heartbeat)), (.live, .heartbeat(let heartbeat)):
            // Twice the pace is within what delays on the way and news in between explain; what is beyond is not looked at.
            guard heartbeats.take(pause: heartbeatInterval / 2, now: now) else { return repetition(now) }
            stream.heartbeat(heartbeat)
            return [.answerHeartbeat(heartbeat)]
        case (.renewalOnly, .heartbeat):
            return repetition(now)
        case (.catchingUp, .renewalRequest(let request)), (.live, .renewalRequest(let request)):
            guard renewals.take(pause: Self.renewalLimit, now: now) else { return end("more than a renewal a minute") }
            return [.renew(certificateRequest: request)]
        case (.renewalOnly, .renewalRequest(let request)) where !hasAskedForRenewal:
            hasAskedForRenewal = true
            return [.renew(certificateRequest: request)]
        default:
            return end("\(message.name) is out of order")
        }
    }

    /// The database has opened the link.
    public mutating func opened(_ node: LinkedNode) -> [Action] {
        guard state == .opening, let greeting else { return [] }
        stream.open(greeting, node)
        state = .welcoming
        return [.welcome(renewalOnly: false, desiredVersion: node.desiredVersion)]
    }

    /// The welcome is on its way.
    public mutating func welcomed() {
        if state == .welcoming { state = .catchingUp }
    }

    public mutating func renewed(_ certificate: IssuedCertificate) -> [Action] {
        switch state {
        case .closed: []
        case .renewalOnly: [.send(.certificate(certificate))] + end("the certificate was renewed: link with it")
        default: [.send(.certificate(certificate))]
        }
    }

    /// The agent was told to beat at this interval from now on.
    public mutating func paced(_ interval: Duration) {
        heartbeatInterval = interval
    }

    /// Another link of the same node has taken over.
    public mutating func superseded() -> [Action] {
        end("another link of this node has taken over")
    }

    public mutating func tick(_ now: ContinuousClock.Instant) -> [Action] {
        let silence = heardAt.duration(to: now)
        switch state {
        case .closed:
            return []
        case .awaitingHello where silence > helloLimit:
            return end("no Hello in time")
        case .renewalOnly where (renewalBegan?.duration(to: now) ?? .zero) > Self.renewalLimit:
            return end("no renewal within a minute")
        case .opening, .welcoming, .catchingUp, .live, .renewalOnly:
            return silence > heartbeatInterval * 2 ? end("silent for two heartbeats") : []
        case .awaitingHello:
            return []
        }
    }

    /// Ends the link for a reason of the shell's.
    public mutating func end(_ reason: String) -> [Action] {
        guard state != .closed else { return [] }
        state = .closed
        return [.close(reason: reason)]
    }

    /// Counts a message that changes nothing.
    mutating func repetition(_ now: ContinuousClock.Instant) -> [Action] {
        repetitions.take(pause: .seconds(1), now: now) ? [] : end("too many messages that say nothing new")
    }

    private mutating func greeted(_ hello: Hello, now: ContinuousClock.Instant) -> [Action] {
        guard WireVersion.agreed(with: hello.wireVersion) != nil else {
            return end("wire version \(hello.wireVersion) is not spoken here")
        }
        guard hello.appliedRevision <= Self.plausibleRevisionMax else {
            return end("revision \(hello.appliedRevision) cannot be")
        }
        if isRenewalOnly {
            state = .renewalOnly
            renewalBegan = now
            return [.welcome(renewalOnly: true)]
        }
        greeting = hello
        state = .opening
        return [.open(hello)]
    }
}
