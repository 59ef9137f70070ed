import Database
import DatabaseTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ListenerTests {
    private static let notify: Statement = "SELECT pg_notify($1, $2)"

    private static func withListener(
        channels: [String],
        bufferLimit: Int = 256,
        _ body: (DatabasePool, inout AsyncStream<ListenerEvent>.Iterator) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create()
        let listener = Listener(
            try database.configuration(),
            channels: channels,
            bufferLimit: bufferLimit,
            logger: TemporaryCluster.logger
        )
        listener.start()
        try await database.withPool { pool in
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await body(pool, &events)
            await listener.shutdown()
            while await events.next() != nil {}
        }
    }

    @Test func `notifications of every channel arrive, whatever its name`() async throws {
        let channels = ["plain", "Mixed \"Case\"; DROP TABLE t"]
        try await Self.withListener(channels: channels) { pool, events in
            for channel in channels {
                try await pool.transaction { transaction in
                    _ = try transaction.query(Self.notify, .text(channel), .text("hint"))
                }
                #expect(await events.next() == .notification(channel: channel, payload: "hint"))
            }
        }
    }

    @Test func `a lost connection is followed by a word that hints may be missing, and by new hints`() async throws {
        try await Self.withListener(channels: ["fleet"]) { pool, events in
            let killed = try await pool.transaction { transaction in
                try transaction.query(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).count
            }
            #expect(killed == 1)
            #expect(await events.next() == .reconnected)
            try await pool.transaction { _ = try $0.query(Self.notify, .text("fleet"), .text("again")) }
            #expect(await events.next() == .notification(channel: "fleet", payload: "again"))
        }
    }

    @Test func `a consumer that is too slow is told to read everything again`() async throws {
        try await Self.withListener(channels: ["fleet"], bufferLimit: 4) { pool, events in
            try await pool.transaction { transaction in
                try transaction.executeAll((0..<50).map { Self.notify.with(.text("fleet"), .text(String($0))) })
            }
            var seen: [ListenerEvent] = []
            while let event = await events.next() {
                seen.append(event)
                if event == .reconnected { break }
            }
            #expect(seen.last == .reconnected)
        }
    }
}
