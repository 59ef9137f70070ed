import Cryptography
import DaemonRuntime
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import Placement
import Store

/// `/v1/peers`: what the whole service is for.
struct PeerRoutes: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let provisioner: Provisioner
    let tunnel: TunnelSettings
    let mover: Mover
    let peerFeed: PeerFeed
    let standing: StandingRequests
    let answers: IdempotentRequests

    func add(to group: RouterGroup<CustomerContext>) {
        group.post("peers", use: create)
        group.get("peers", use: list)
        group.get("peers/:id", use: show)
        group.delete("peers/:id", use: delete)
        group.get("peers/:id/config", use: configuration)
        group.post("peers/:id/move", use: move)
    }

    private struct CreateBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case public_key, region }

        let public_key: String
        let region: String
    }

    @Sendable private func create(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        let body = try await RequestBody.decode(CreateBody.self, from: request)
        guard let region = RegionName(body.region) else { throw Problem.unknownRegion }
        let key = try request.headers.idempotencyKey(for: "POST /v1/peers", body.public_key, body.region)
        let outcome = try await provisioner.provision(
            ProvisioningRequest(
                subscription: subscription,
                publicKey: try publicKey(body.public_key),
                region: region,
                idempotency: key
            )
        )
        switch outcome {
        case .answeredBefore(let answer): return answer.repeated
        case .refusedByNode:
            peerFeed.changed(subscription)
            guard key != nil else { throw Problem.peerRefused }
            return await answers.keep(try StoredAnswer(Problem.peerRefused), to: key, of: subscription, context)
        case .provisioned(let peer):
            peerFeed.changed(subscription)
            let status: HTTPResponse.Status = peer.state == .active ? .created : .accepted
            return try await response(peer, status: status, keptFor: key, context, subscription)
        }
    }

    private func publicKey(_ text: String) throws -> PublicKey {
        do {
            return try PublicKey(base64: text)
        } catch {
            switch error {
            case .notBase64: throw Problem.malformedKey("It must be 44 characters of standard base64.")
            case .wrongLength(let count): throw Problem.malformedKey("It has \(count) bytes instead of 32.")
            case .lowOrder: throw Problem.malformedKey("It is a point of low order, which gives no secrecy.")
            }
        }
    }

    @Sendable private func list(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let peers = try await store.peers(of: try context.authenticated())
        return try JSONResponse.make(["peers": peers.map { PeerResource($0, tunnel: tunnel) }])
    }

    @Sendable private func show(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        var peer = try await find(context, subscription)
        let isKnown = request.headers.ifNoneMatch(Self.entityTag(peer))
        if let seconds = try wait(request), isKnown ?? (peer.state == .installing) {
            peer = try await changed(peer, context, subscription, until: .now + .seconds(seconds))
        }
        let tag = Self.entityTag(peer)
        if request.headers.ifNoneMatch(tag) == true {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-store"])
        }
        return try response(peer, status: .ok)
    }

    /// The peer once it is another than this one, or as it is at the deadline.
    private func changed(
        _ peer: PeerRecord,
        _ context: CustomerContext,
        _ subscription: SubscriptionID,
        until deadline: ContinuousClock.Instant
    ) async throws -> PeerRecord {
        let place = try standing.enter(subscription)
        defer { withExtendedLifetime(place) {} }
        let changes = peerFeed.changes(of: subscription)
        let tag = Self.entityTag(peer)
        return try await withThrowingTaskGroup(of: PeerRecord?.self) { group in
            group.addTask {
                guard peer.state == .installing, let placement = peer.placement else {
                    try? await Task.sleep(until: deadline, clock: .continuous)
                    return nil
                }
                _ = await changeFeed.waitForAcknowledgement(
                    of: placement.nodeID,
                    atLeast: placement.revision,
                    until: deadline
                )
                return try await find(context, subscription)
            }
            group.addTask {
                // The peer may get another server while this one has not answered.
                var latest = try await find(context, subscription)
                // Nothing may have fallen between the first look and the subscription to changes.
                guard Self.entityTag(latest) == tag else { return latest }
                for await _ in changes {
                    latest = try await find(context, subscription)
                    if Self.entityTag(latest) != tag { return latest }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            if let latest = try await group.next() ?? nil { return latest }
            return try await find(context, subscription)
        }
    }

    private struct MoveBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case region }

        let region: String?
    }

    /// `{"region": NAME}` moves the peer there, and does nothing where it is there already; `{}` moves it to another
    /// server of its region. 200 once the new server serves it, 202 while it is being installed there: until then the
    /// old configuration holds, and afterwards it works on for a while.
    @Sendable private func move(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        guard let id = peerID(context) else { throw Problem.notFound }
        let body = try await RequestBody.decode(MoveBody.self, from: request)
        let region = try body.region.map { text in
            guard let region = RegionName(text) else { throw Problem.unknownRegion }
            return region
        }
        let key = try request.headers.idempotencyKey(for: "POST /v1/peers/\(id)/move", region?.text ?? "")
        switch try await mover.move(id, of: subscription, to: region, key: key) {
        case .answeredBefore(let answer): return answer.repeated
        case .moved(let isComplete):
            let peer = try await find(context, subscription)
            return try await response(peer, status: isComplete ? .ok : .accepted, keptFor: key, context, subscription)
        }
    }

    private func wait(_ request: Request) throws -> Int? {
        guard let text = request.uri.queryParameters["wait"] else { return nil }
        guard let seconds = Int(text), (0...60).contains(seconds) else {
            throw Problem.malformedField("wait", "It must be a number of seconds from 0 to 60.")
        }
        return seconds
    }

    @Sendable private func delete(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        try await RequestBody.expectNothing(in: request)
        guard let id = peerID(context),
            let nodes = try await store.removePeer(id, of: subscription, now: SystemClock.now())
        else { throw Problem.notFound }
        for node in nodes { changeFeed.nodeChanged(node) }
        peerFeed.changed(subscription)
        return Response(status: .noContent)
    }

    @Sendable private func configuration(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let peer = try await find(context, try context.authenticated())
        guard peer.state != .frozen else { throw Problem.peerFrozen }
        guard let text = ConfigurationText.make(peer, tunnel: tunnel) else { throw Problem.unavailable }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    private func peerID(_ context: CustomerContext) -> PeerID? {
        context.parameters.get("id").flatMap { PeerID($0) }
    }

    /// Another customer's peer is as unknown as one that never was.
    private func find(_ context: CustomerContext, _ subscription: SubscriptionID) async throws -> PeerRecord {
        guard let id = peerID(context), let peer = try await store.peer(id, of: subscription) else {
            throw Problem.notFound
        }
        return peer
    }

    private func response(_ peer: PeerRecord, status: HTTPResponse.Status) throws -> Response {
        var response = try answer(peer, status: status).response
        response.headers[.eTag] = Self.entityTag(peer)
        return response
    }

    private func answer(_ peer: PeerRecord, status: HTTPResponse.Status) throws -> StoredAnswer {
        let location = status == .ok ? nil : "/v1/peers/\(peer.id)"
        return try StoredAnswer(PeerResource(peer, tunnel: tunnel), status: status, location: location)
    }

    /// - Parameter key: a repetition with it gets this answer, whatever becomes of the peer.
    private func response(
        _ peer: PeerRecord,
        status: HTTPResponse.Status,
        keptFor key: IdempotencyKey?,
        _ context: CustomerContext,
        _ subscription: SubscriptionID
    ) async throws -> Response {
        let answer = try answer(peer, status: status)
        var response = await answers.keep(answer, to: key, of: subscription, context)
        response.headers[.eTag] = Self.entityTag(peer)
        return response
    }

    /// Changes whenever something that the app must know does: the state, the node, its key, its endpoint, or
    /// whether it offers IPv6.
    static func entityTag(_ peer: PeerRecord) -> String {
        let moving = peer.isMoving ? " moving" : ""
        let placement =
            peer.placement.map { "\($0.nodeID) \($0.serverPublicKey) \($0.endpoint) \($0.offersIPv6)" } ?? ""
        let hash = BLAKE2b.hash(Array("\(peer.state.rawValue) \(placement)\(moving)".utf8), byteCount: 16)
        return "\"\(Hexadecimal.encode(hash))\""
    }
}
