import Glibc
import LinkProtocol
import Logging
import Model

extension CoordinatorLink {
    func proceed(
        at now: Moment,
        table: TableVersion,
        hello: () -> Hello,
        _ events: inout [Event]
    ) throws(LinkFailure) {
        if case .waiting(let until) = state {
            guard now.monotonic >= until else { return }
            try begin(at: now)
        }
        if case .lookingUp(let lookup, let until) = state {
            guard lookup.isReady else {
                if now.monotonic >= until { throw .timedOut(.lookup) }
                return
            }
            try open(lookup.finish(host: dial.current.host), at: now)
        }
        if case .opening(let channel, let others, let until) = state {
            try proceed(channel, others, until, at: now, table, hello, &events)
        } else if case .open(let channel) = state {
            try converse(channel, at: now, &events)
        }
    }

    private func begin(at now: Moment) throws(LinkFailure) {
        let coordinator = dial.current
        status.coordinator = coordinator
        status.enter(.connecting, at: now.wall)
        // An address needs no name server, and so no thread.
        if case .success(let found) = SocketAddress.lookUp(coordinator.host, port: coordinator.port, flags: numeric) {
            try open(found, at: now)
        } else {
            let lookup = try NameLookup.start(coordinator.host, port: coordinator.port)
            state = .lookingUp(lookup, until: now.monotonic + Self.lookupTimeout)
        }
    }

    private var numeric: Int32 { Int32(AI_NUMERICHOST) }

    private func open(_ addresses: [SocketAddress], at now: Moment) throws(LinkFailure) {
        var others = addresses
        var last = LinkFailure.lookup(host: dial.current.host, reason: "no address")
        while !others.isEmpty {
            let address = others.removeFirst()
            do throws(LinkFailure) {
                let context: TLSContext
                do { context = try TLSContext.link(identity) } catch { throw .tls(error) }
                let channel = try Channel(to: address, context)
                state = .opening(channel, others: others, until: now.monotonic + Self.openingTimeout)
                return
            } catch {
                last = error
            }
        }
        throw last
    }

    private func proceed(
        _ channel: Channel,
        _ others: [SocketAddress],
        _ until: Duration,
        at now: Moment,
        _ table: TableVersion,
        _ hello: () -> Hello,
        _ events: inout [Event]
    ) throws(LinkFailure) {
        do throws(LinkFailure) {
            let payloads = try channel.advance { ssl throws(LinkFailure) in
                try ServerTrust.requireServerCertificate(ssl)
            }
            if channel.state == .open, session == nil {
                session = AgentSession(table: table)
                try channel.send(.hello(hello()))
            }
            try receive(payloads, from: channel, at: now, &events)
            if case .opening = state, now.monotonic >= until { throw .timedOut(channel.phase) }
        } catch {
            guard session == nil, !others.isEmpty else { throw error }
            logger.debug("an address of the coordinator failed", metadata: ["reason": "\(error)"])
            try open(others, at: now)
        }
    }

    /// Drops what there is of a link, and plans the next attempt.
    func fail(_ failure: LinkFailure, retryAfter: Duration? = nil, at now: Moment, _ events: inout [Event]) {
        if case .open(let channel) = state {
            // A frame that cannot be is the one failure that the other side does not know of yet.
            if case .frame = failure { try? channel.send(.farewell(reason: "\(failure)")) }
            channel.finish()
        }
        session?.disconnected()
        session = nil
        renewal.forget()
        let random = Double.random(in: 0..<1)
        var delay = dial.failed(random: random)
        if let retryAfter, retryAfter > .zero {
            // A tenth more at random: whoever was told the same time does not come back at the same instant.
            delay = min(retryAfter, Self.retryAfterMax) * (1 + 0.1 * random)
        }
        state = .waiting(until: now.monotonic + (delay ?? .zero))
        status.lastFailure = failure
        status.enter(.waiting, at: now.wall)
        events.append(.down(failure, retryAfter: delay))
    }

    /// No coordinator sends an agent away for longer.
    private static var retryAfterMax: Duration { .seconds(600) }
}
