import DaemonRuntime
import Glibc
import LinkProtocol
import Logging
import Model

/// The agent's end of the link: dials, shakes hands, talks, and dials again, for ever.
///
/// It never blocks. The owner polls `descriptor` for `interest` until `deadline`, calls `turn`, and carries out the
/// events. For one thread.
public final class CoordinatorLink {
    enum State {
        case waiting(until: Duration)
        case lookingUp(NameLookup, until: Duration)
        /// From connect(2) until the coordinator's welcome; the addresses left are tried when this one fails.
        case opening(Channel, others: [SocketAddress], until: Duration)
        case open(Channel)
    }

    static let lookupTimeout = Duration.seconds(10)
    static let openingTimeout = Duration.seconds(10)

    let identityPath: String
    let nodeName: String
    let logger: Logger
    var identity: Identity
    var state = State.waiting(until: .zero)
    var session: AgentSession?
    var dial: DialPlan
    var pace = HeartbeatPace()
    var renewal = Renewal()
    public internal(set) var status: LinkStatus

    /// - Parameters:
    ///   - identityPath: where a renewed certificate goes.
    ///   - coordinators: at least one.
    public init(
        identity: consuming Identity,
        identityPath: String,
        nodeName: String,
        coordinators: [HostPort],
        logger: Logger,
        now: Moment
    ) {
        status = LinkStatus(since: now.wall, certificateExpires: identity.certificate.notAfter)
        renewal.schedule(identity.certificate)
        self.identity = identity
        self.identityPath = identityPath
        self.nodeName = nodeName
        self.logger = logger
        dial = DialPlan(coordinators)
    }

    /// The revision that the table will be at once everything is stored that the coordinator has sent; nil without a
    /// link.
    public var desiredRevision: Revision? { session?.state == .live ? session?.accepted.revision : nil }

    /// What to poll; nil while waiting.
    public var descriptor: Int32? {
        switch state {
        case .waiting: nil
        case .lookingUp(let lookup, _): lookup.descriptor
        case .opening(let channel, _, _), .open(let channel): channel.descriptor
        }
    }

    public var interest: Int16 {
        switch state {
        case .waiting, .lookingUp: Int16(POLLIN)
        case .opening(let channel, _, _), .open(let channel): channel.interest
        }
    }

    /// The monotonic time at which `turn` must be called even when nothing is ready.
    public var deadline: Duration {
        switch state {
        case .waiting(let until), .lookingUp(_, let until): until
        case .opening(let channel, _, let until): channel.hasMore ? .zero : until
        case .open(let channel): channel.hasMore ? .zero : min(pace.deadline, renewal.deadline)
        }
    }

    /// Does what is due and possible.
    ///
    /// - Parameters:
    ///   - table: the version of the table, from which a new session starts.
    ///   - hello: asked for when a session starts.
    public func turn(at now: Moment, table: TableVersion, hello: () -> Hello) -> [Event] {
        var events: [Event] = []
        do throws(LinkFailure) {
            try proceed(at: now, table: table, hello: hello, &events)
        } catch {
            fail(error, at: now, &events)
        }
        return events
    }

    /// Tells the coordinator why, and closes: the agent stops.
    public func farewell(_ reason: String) {
        switch state {
        case .waiting, .lookingUp: return
        case .opening(let channel, _, _), .open(let channel):
            // Before the handshake's end there is nobody to talk to yet.
            guard session != nil else { return }
            try? channel.send(.farewell(reason: reason))
            channel.finish()
        }
    }

    /// The next heartbeat goes out at once, or as soon as its pace allows: there is news.
    public func hurryHeartbeat(at now: Moment) {
        pace.hurry(at: now.monotonic)
    }

    /// Connects at once, whatever the backoff says.
    public func hurry() {
        if case .waiting = state { state = .waiting(until: .zero) }
    }
}
