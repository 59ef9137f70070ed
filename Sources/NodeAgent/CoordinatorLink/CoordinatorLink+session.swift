import Cryptography
import LinkMessages
import LinkProtocol
import Model

extension CoordinatorLink {
    func converse(_ channel: Channel, at now: Moment, _ events: inout [Event]) throws(LinkFailure) {
        let payloads = try channel.advance { _ throws(LinkFailure) in }
        try receive(payloads, from: channel, at: now, &events)
        guard case .open = state else { return }
        if pace.isUnanswered(at: now.monotonic) { throw .silent }
        guard session?.state == .live else { return }
        if pace.isDue(at: now.monotonic) { events.append(.heartbeatDue) }
        if renewal.isDue(at: now) { try requestRenewal(on: channel, at: now) }
    }

    func receive(
        _ payloads: [[UInt8]],
        from channel: Channel,
        at now: Moment,
        _ events: inout [Event]
    ) throws(LinkFailure) {
        for payload in payloads {
            let message: CoordinatorMessage
            do throws(LinkCodec.Malformed) {
                message = try LinkCodec.decodeCoordinatorMessage(payload)
            } catch {
                try? channel.send(.farewell(reason: error.description))
                throw .message(error)
            }
            var contentHash: [UInt8]?
            if case .delta(let delta) = message { contentHash = BLAKE2b.hash(delta.canonicalBytes) }
            let actions = session?.received(message, contentHash: contentHash) ?? []
            for action in actions { try carryOut(action, on: channel, at: now, &events) }
            if session == nil { return }
        }
    }

    private func carryOut(
        _ action: AgentSession.Action,
        on channel: Channel,
        at now: Moment,
        _ events: inout [Event]
    ) throws(LinkFailure) {
        switch action {
        case .send(let message): try channel.send(message)
        case .adopt(let welcome): try adopt(welcome, on: channel, at: now, &events)
        case .store(let delta, let contentHash): events.append(.store(delta, contentHash: contentHash))
        case .storeSnapshot(let snapshot): events.append(.storeSnapshot(snapshot))
        case .installCertificate(let issued): install(issued, &events)
        case .pace(let interval, let serverTime, let desiredVersion):
            pace.answered(interval: interval, at: now.monotonic)
            status.clockSkew = now.wall - serverTime
            dial.succeeded()
            events.append(.desiredVersion(desiredVersion))
        case .close(let reason, let retryAfter):
            fail(.session(reason: reason), retryAfter: retryAfter, at: now, &events)
        }
    }

    private func adopt(
        _ welcome: Welcome,
        on channel: Channel,
        at now: Moment,
        _ events: inout [Event]
    ) throws(LinkFailure) {
        state = .open(channel)
        status.connections += 1
        status.clockSkew = now.wall - welcome.serverTime
        status.enter(welcome.renewalOnly ? .renewing : .connected, at: now.wall)
        if welcome.renewalOnly {
            pace = HeartbeatPace(awaitingAnswerSince: now.monotonic, interval: welcome.heartbeatInterval)
            try requestRenewal(on: channel, at: now)
        } else {
            pace = HeartbeatPace(interval: welcome.heartbeatInterval, at: now.monotonic)
            status.lastFailure = nil
            events.append(.adopt(welcome))
        }
    }

    /// Everything accepted up to the acknowledgement's revision is durable and programmed.
    public func stored(_ acknowledgement: Acknowledgement) {
        perform(session?.stored(acknowledgement) ?? [])
    }

    /// The table did not take the change, and is at `table`.
    public func storeFailed(_ revision: Revision, _ reason: ChangeRefusal, table: TableVersion) {
        perform(session?.storeFailed(revision, reason, table: table) ?? [])
    }

    public func send(_ heartbeat: Heartbeat, at now: Moment) {
        guard case .open(let channel) = state else { return }
        pace.sent(at: now.monotonic, random: Double.random(in: 0..<1))
        try? channel.send(.heartbeat(heartbeat))
    }

    /// A failure to send shows at the next turn: the socket is then ready, and reading it fails.
    private func perform(_ actions: [AgentSession.Action]) {
        guard case .open(let channel) = state else { return }
        for case .send(let message) in actions { try? channel.send(message) }
    }
}

extension Channel {
    func send(_ message: AgentMessage) throws(LinkFailure) { try send(LinkCodec.encode(message)) }

    /// What an attempt that ran out of time was doing.
    var phase: LinkFailure.Phase {
        switch state {
        case .connecting: .connecting
        case .handshaking: .handshake
        case .open: .welcome
        }
    }
}
