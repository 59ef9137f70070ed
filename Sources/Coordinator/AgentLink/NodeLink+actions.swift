import CertificateAuthority
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import Store
import Synchronization
import Newcomers

extension NodeLink {
    func perform(_ actions: [CoordinatorSession.Action]) async throws {
        for action in actions { try await perform(action) }
    }

    private func perform(_ action: CoordinatorSession.Action) async throws {
        switch action {
        case .send(let message):
            try await writer.send(message)
        case .open(let hello):
            try await open(hello)
        case .welcome(let renewalOnly, let desiredVersion):
            try await welcome(renewalOnly: renewalOnly, desiredVersion: desiredVersion)
        case .recordAcknowledgement(let value, let completesSnapshot):
            try await services.store.recordAcknowledgement(
                value,
                of: node,
                session: id,
                completesSnapshot: completesSnapshot,
                now: WallClock.now()
            )
            services.changeFeed.acknowledged(node, value.revision, hasRefusals: !value.refusedPeers.isEmpty)
        case .answerHeartbeat(let heartbeat):
            try await answerHeartbeat(heartbeat)
        case .renew(let request):
            try await renew(request)
        case .recordRefusal(let revision, let reason):
            services.quiet.warning(
                "the node refused a change",
                of: "\(node)",
                metadata: ["revision": "\(revision)", "reason": "\(reason)"]
            )
            try await services.store.recordRefusal(of: revision, reason: reason, by: node, now: WallClock.now())
        case .close(let reason):
            throw LinkEnd.refused(reason, .other)
        }
    }

    private func open(_ hello: Hello) async throws {
        guard let endpoint = connection.endpoint(stated: hello.endpoint, listenPort: hello.listenPort) else {
            throw LinkEnd.refused("the node's endpoint is not known: state it")
        }
        let opened = try await services.store.openLink(
            of: node,
            on: services.instance,
            session: id,
            hello: hello,
            endpoint: endpoint,
            from: connection.remoteAddress,
            policy: services.configuration.policy,
            silenceLimit: services.silenceLimit,
            now: WallClock.now()
        )
        switch opened {
        case .success(let record):
            isOpen.withLock { $0 = true }
            place.withLock { $0 = services.links.take() }
            services.changeFeed.forgetProgress(of: node)
            services.quiet.info("link opened", of: "\(node)", metadata: ["revision": "\(record.revision)"])
            try await perform(session.withLock { $0.opened(record) })
        case .failure(.alreadyLinked):
            throw LinkEnd.tryLater("\(LinkRefusal.alreadyLinked)", after: services.heartbeatInterval, .linked)
        case .failure(let refusal):
            throw refusal
        }
    }

    private func welcome(renewalOnly: Bool, desiredVersion: String?) async throws {
        if renewalOnly { try await openForRenewal() }
        try await services.store.certificateUsed(serial: certificate.serial, now: WallClock.now())
        connection.ticket.release()
        let interval = services.jitteredHeartbeatInterval()
        session.withLock { $0.paced(interval) }
        try await writer.send(
            .welcome(
                Welcome(
                    wireVersion: WireVersion.current,
                    serverTime: WallClock.now(),
                    heartbeatInterval: interval,
                    network: services.network,
                    renewalOnly: renewalOnly,
                    desiredVersion: desiredVersion
                )
            )
        )
        session.withLock { $0.welcomed() }
        wake.yield()
    }

    private func openForRenewal() async throws {
        let isOpened = try await services.store.openRenewalLink(
            of: node,
            session: id,
            silenceLimit: services.silenceLimit,
            now: WallClock.now()
        )
        guard isOpened else {
            throw LinkEnd.tryLater("\(LinkRefusal.alreadyLinked)", after: services.heartbeatInterval, .linked)
        }
        isOpen.withLock { $0 = true }
    }

    private func answerHeartbeat(_ heartbeat: Heartbeat) async throws {
        let now = WallClock.now()
        let interval = services.jitteredHeartbeatInterval()
        let desired = try await services.store.recordHeartbeat(
            heartbeat,
            of: node,
            session: id,
            nextWithin: interval,
            now: now
        )
        session.withLock { $0.paced(interval) }
        try await writer.send(.heartbeatReply(interval: interval, serverTime: now, desiredVersion: desired))
    }

    private func renew(_ der: [UInt8]) async throws {
        let request: CertificateRequest
        do {
            request = try CertificateRequest(der: der)
        } catch {
            throw LinkEnd.refused("\(error)")
        }
        let issued = try services.authority.issueNodeCertificate(
            request,
            for: node,
            now: WallClock.now(),
            lifetime: services.configuration.nodeCertificateLifetime
        )
        try await services.store.addRenewedCertificate(NodeCertificateRecord(issued), of: node)
        logger.info("certificate renewed")
        let certificate = IssuedCertificate(certificate: issued.der, authority: services.authority.certificateDER)
        try await perform(session.withLock { $0.renewed(certificate) })
    }

    func answer(_ demand: CoordinatorSession.Demand) async throws {
        switch demand {
        case .changes(let revision):
            let changes = try await services.store.changes(
                of: node,
                after: revision,
                limit: CoordinatorSession.peersPerMessageMax,
                addresses: services.addressPool
            )
            try await perform(session.withLock { $0.answered(changes) })
        case .snapshot(let above):
            try await sendSnapshot(above: above)
        }
    }

    private func sendSnapshot(above: Revision?) async throws {
        guard let slot = services.snapshots.take() else {
            throw LinkEnd.tryLater("too many nodes ask for their whole table", after: .seconds(3))
        }
        defer { slot.release() }
        let snapshot = try await services.store.snapshot(of: node, above: above, addresses: services.addressPool)
        guard let snapshot else { throw LinkRefusal.unknownNode }
        logger.info(
            "sending a snapshot",
            metadata: ["revision": "\(snapshot.header.revision)", "peers": "\(snapshot.header.peerCount)"]
        )
        try await perform(session.withLock { $0.answeredSnapshot(snapshot) })
    }
}
