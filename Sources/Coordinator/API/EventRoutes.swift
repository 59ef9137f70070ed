import DaemonRuntime
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import ServiceLifecycle
import Store

/// `GET /v1/events`: server-sent events (WHATWG HTML, section 9.2) about a subscription's peers.
///
/// At first, and whenever something changes: `peer` with a peer as `GET /v1/peers/{id}` shows it, its entity tag being
/// the event's id, and `peer-removed` with its id. `Last-Event-ID` is not needed: whoever connects anew is told
/// everything. `end` says why the stream is over.
struct EventRoutes: Sendable {
    let store: Store
    let peerFeed: PeerFeed
    let tunnel: TunnelSettings
    let authenticator: TokenAuthenticator
    let standing: StandingRequests

    func add(to group: RouterGroup<CustomerContext>) {
        group.get("events", use: listen)
    }

    @Sendable private func listen(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        let place = try standing.enter(subscription)
        // Before the first look, so that nothing falls between the two.
        let changes = peerFeed.changes(of: subscription)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                let (wakes, wake) = AsyncStream.makeStream(of: Wake.self, bufferingPolicy: .bufferingNewest(2))
                wake.yield(.change)
                try await withThrowingTaskGroup { group in
                    group.addTask { for await _ in changes { wake.yield(.change) } }
                    group.addTask {
                        while (try? await Task.sleep(for: standing.keepAlive)) != nil { wake.yield(.time) }
                    }
                    group.addTask {
                        try await gracefulShutdown()
                        wake.yield(.stop)
                    }
                    defer { group.cancelAll() }
                    try await tell(context, wakes, &writer)
                }
                try await writer.finish(nil)
            }
        )
    }

    private enum Wake { case change, time, stop }

    private func tell(
        _ context: CustomerContext,
        _ wakes: AsyncStream<Wake>,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        let subscription = try context.authenticated()
        var events = PeerEvents(tunnel: tunnel)
        for await wake in wakes {
            guard wake != .stop else { return }
            if wake == .time, try await !isStillGood(context) {
                return try await writer.write(ByteBuffer(string: PeerEvents.end("the token gives no access any more")))
            }
            let text = events.update(to: try await store.peers(of: subscription))
            if !text.isEmpty {
                try await writer.write(ByteBuffer(string: text))
            } else if wake == .time {
                try await writer.write(ByteBuffer(string: ":\n\n"))
            }
        }
    }

    private func isStillGood(_ context: CustomerContext) async throws -> Bool {
        guard let token = context.token else { return false }
        return try await authenticator.owner(of: token)?.subscription == context.subscription
    }
}
