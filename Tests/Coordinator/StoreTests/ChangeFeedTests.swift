import Database
import DatabaseTestSupport
import Logging
import Model
import Synchronization
import Testing

@testable import Store

/// Instances that share a database and nothing else.
@Suite(.timeLimit(.minutes(10)))
struct ChangeFeedTests {
    private let node = NodeID.random()
    private let revision = Revision(7)

    /// Two feeds that run, on a database where the node does not exist, so that no poll finds what a hint should bring.
    private func withTwoInstances(
        _ body: @escaping @Sendable (_ first: ChangeFeed, _ second: ChangeFeed) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: Fixture.template)
        let configuration = try database.configuration()
        try await database.withPool(connections: 4) { pool in
            let feeds = (0..<2).map { _ in
                ChangeFeed(
                    pool: pool,
                    instance: .random(),
                    listener: Listener(configuration, channels: [ChangeFeed.channel], logger: Self.quiet),
                    logger: Self.quiet
                )
            }
            try await withThrowingTaskGroup { group in
                for feed in feeds { group.addTask { await feed.run() } }
                group.addTask { try await body(feeds[0], feeds[1]) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    @Test func `a change on one instance wakes the link on another, and the node's word comes back`() async throws {
        let (node, revision) = (node, revision)
        try await withTwoInstances { linked, asked in
            let changes = linked.changes(of: node)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in changes { linked.acknowledged(node, revision, hasRefusals: false) }
                }
                // A hint given before the listeners stand is lost: it is given until one arrives.
                group.addTask {
                    while !Task.isCancelled {
                        asked.nodeChanged(node)
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                let word = await asked.waitForAcknowledgement(of: node, atLeast: revision, until: .now + .seconds(50))
                // Whether it refused a peer is for the database to say: the other instance's link heard it.
                #expect(word == .acknowledged)
                group.cancelAll()
            }
        }
    }

    @Test func `nobody is notified of what concerns this instance alone`() async throws {
        let (node, revision) = (node, revision)
        try await withTwoInstances { linked, _ in
            let changes = linked.changes(of: node)
            linked.nodeChanged(node)
            linked.acknowledged(node, revision, hasRefusals: false)
            #expect(linked.state.withLock { $0.outgoing.isEmpty })
            for await _ in changes { break }
        }
    }

    @Test func `only what came over a link of this instance, refusing nobody, is known to be taken`() async throws {
        let node = node
        try await withTwoInstances { feed, _ in
            func word(_ number: UInt64) async -> ChangeFeed.Word {
                await feed.waitForAcknowledgement(of: node, atLeast: Revision(number), until: .now)
            }
            feed.acknowledged(node, Revision(3), hasRefusals: false)
            #expect(await word(3) == .acknowledged)
            feed.acknowledged(node, Revision(5), hasRefusals: false)
            #expect(await word(3) == .acknowledged)
            #expect(await word(4) == .allTaken)
            feed.acknowledged(node, Revision(6), hasRefusals: true)
            #expect(await word(5) == .acknowledged)
            #expect(await word(6) == .acknowledged)
            feed.acknowledged(node, Revision(9), hasRefusals: false)
            #expect(await word(8) == .allTaken)
            #expect(await word(10) == .silence)
            feed.forgetProgress(of: node)
            #expect(await word(8) == .silence)
            feed.acknowledged(node, Revision(12), hasRefusals: false)
            #expect(await word(11) == .acknowledged)
        }
    }
}
