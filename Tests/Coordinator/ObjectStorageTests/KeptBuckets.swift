import Database
import DatabaseTestSupport
import Logging
import Model
import Store

@testable import ObjectStorage

/// A database with subscriptions, and the keeper of their buckets at the real server.
struct KeptBuckets {
    static let retention: Duration = .seconds(30 * 86_400)
    let store: Store
    let desk: ObjectDesk
    let lease: FleetLease

    private static let template = TestTemplate(name: "bucket_keeper") { configuration in
        try await withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func with(_ body: (KeptBuckets) async throws -> Void) async throws {
        let database = try await TestDatabase.create(from: template)
        try await database.withPool(connections: 4) { pool in
            let store = Store(pool: pool)
            guard let lease = try await store.holdFleetLease(.random(), lifetime: .seconds(600)) else {
                throw NoLease()
            }
            try await body(KeptBuckets(store: store, desk: try await ObjectDesk(), lease: lease))
        }
    }

    struct NoLease: Error {}

    func subscription(state: String = "active") async throws -> SubscriptionID {
        let id = SubscriptionID.random()
        try await store.pool.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, access_until,
                    created_at, updated_at)
                VALUES ($1, 'stripe', 'production', $2, 'basic', $3, now() + interval '1 day', now(), now())
                """,
                .uuid(id.bytes),
                .text("sub_\(id)"),
                .text(state)
            )
        }
        return id
    }

    func set(_ state: String, of id: SubscriptionID) async throws {
        try await store.pool.transaction { transaction in
            try transaction.execute("UPDATE subscriptions SET state = $2 WHERE id = $1", .uuid(id.bytes), .text(state))
        }
    }

    /// - Parameter later: how long after now the keeper believes it to be.
    func keeper(later: Duration = .zero, objects: ObjectStore? = nil) -> BucketKeeper {
        // The object store would refuse a clock that is wrong: it is asked by the true time.
        BucketKeeper(
            store: store,
            objects: objects ?? desk.objects,
            instance: .random(),
            retention: Self.retention - later,
            logger: TemporaryCluster.logger,
            now: { ObjectDesk.now }
        )
    }

    /// As if every pause before the next attempt were over.
    func hurry() async throws {
        try await store.pool.transaction { transaction in
            try transaction.execute("UPDATE buckets SET next_attempt_at = now() - interval '1 second'")
        }
    }

    func promise(_ id: SubscriptionID) async throws -> BucketName {
        let name = try ObjectDesk.randomName()
        guard let record = try await store.promiseBucket(of: id, named: name, now: ObjectDesk.now) else {
            throw NoLease()
        }
        return record.name
    }

    /// Promised and made.
    func bucket(of id: SubscriptionID) async throws -> BucketName {
        let name = try await promise(id)
        try await desk.objects.makeBucket(name, now: ObjectDesk.now)
        _ = try await store.bucketWasMade(name, now: ObjectDesk.now)
        return name
    }

    func exists(_ name: BucketName) async throws -> Bool {
        do throws(ObjectStoreError) {
            try await desk.objects.look(at: name, now: ObjectDesk.now)
            return true
        } catch .refused(status: 404, _) {
            return false
        } catch {
            throw error
        }
    }

    func count(_ statement: Statement) async throws -> Int64 {
        try await store.pool.read { transaction in try transaction.query(statement)[0].int64(0) }
    }
}
