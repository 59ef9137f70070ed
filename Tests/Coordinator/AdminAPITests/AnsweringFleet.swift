import DaemonRuntime
import Database
import FleetControl
import LinkProtocol
import Logging
import Model
import Store

@testable import API

/// The real controllers, and nodes that apply at once what they are told.
struct AnsweringFleet: Sendable {
    let bench: AdminBench
    let nodes: [NodeID]
    private let session = LinkSessionID.random()

    init(_ bench: AdminBench, nodes: [NodeID]) {
        self.bench = bench
        self.nodes = nodes
    }

    /// Runs the body while the fleet works.
    func work(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await bench.execute("UPDATE nodes SET link_session = $1", .uuid(session.bytes))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let controller = FleetController(
            store: bench.store,
            changeFeed: bench.services.changeFeed,
            instance: .random(),
            policy: FleetPolicy(),
            capacity: nil,
            logger: logger,
            now: { SystemClock.now() }
        )
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await controller.run()
                return false
            }
            group.addTask {
                while true { try await answer() }
            }
            group.addTask {
                try await body()
                return true
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
    }

    private func answer() async throws {
        for node in nodes {
            let revision = try await bench.text("SELECT revision::text FROM nodes WHERE id = $1", .uuid(node.bytes))
            try await bench.store.recordAcknowledgement(
                Acknowledgement(
                    revision: Revision(UInt64(revision) ?? 0),
                    tableDigest: .empty,
                    refusedPeers: []
                ),
                of: node,
                session: session,
                completesSnapshot: false,
                now: SystemClock.now()
            )
            try await bench.execute(
                """
                UPDATE nodes SET heard_at = now(), heartbeat_revision = applied_revision, peers_lingering = 0
                WHERE id = $1
                """,
                .uuid(node.bytes)
            )
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
