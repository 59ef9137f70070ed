import Logging
import Model
import Store

/// Makes the buckets that were promised and not made, and deletes those whose time is over. Every instance runs one, and
/// the one whose instance has the fleet's lease works.
///
/// What is to be done stands in the database, and each step may be done twice: whoever is killed at any point is followed
/// by another who goes on.
public struct BucketKeeper: Sendable {
    private let store: Store
    private let objects: ObjectStore
    private let instance: InstanceID
    private let retention: Duration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// Between two turns of which the first has left nothing to do.
    private static let idleInterval: Duration = .seconds(10)
    private static let busyInterval: Duration = .seconds(1)
    /// The most that a turn takes on.
    private static let bucketsInTurn = 16
    private static let objectsInTurn = 500

    /// - Parameter retention: how long a bucket is kept after its subscription is over.
    public init(
        store: Store,
        objects: ObjectStore,
        instance: InstanceID,
        retention: Duration,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.objects = objects
        self.instance = instance
        self.retention = retention
        self.logger = logger
        self.now = now
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            var pause = Self.idleInterval
            do {
                if let lease = try await store.fleetLease(of: instance), try await turn(lease) {
                    pause = Self.busyInterval
                }
            } catch is LeaseLost {
                // The next who looks after the fleet looks after the buckets as well.
            } catch {
                logger.warning("looking after the buckets was interrupted", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// - Returns: whether there is more to do at once.
    func turn(_ lease: FleetLease) async throws -> Bool {
        try await store.endBuckets(retention: retention, limit: Self.bucketsInTurn, lease: lease, now: now())
        for name in try await store.bucketsToMake(limit: Self.bucketsInTurn, now: now()) {
            try await attempt("make", name, lease) { () throws(ObjectStoreError) in
                try await objects.makeBucket(name, now: now())
            } then: {
                _ = try await store.bucketWasMade(name, lease: lease, now: now())
            }
        }
        let due = try await store.bucketsToDelete(limit: Self.bucketsInTurn, now: now())
        for name in due { try await delete(name, lease) }
        return due.count == Self.bucketsInTurn ? true : try await !store.bucketsToDelete(limit: 1, now: now()).isEmpty
    }

    private func delete(_ name: BucketName, _ lease: FleetLease) async throws {
        try await attempt("delete", name, lease) { () throws(ObjectStoreError) in
            guard try await objects.empty(name, limit: Self.objectsInTurn, now: now()) == .isEmpty else { return false }
            try await objects.deleteBucket(name, now: now())
            return true
        } then: { isGone in
            guard isGone else { return try await store.bucketShrank(name, lease: lease, now: now()) }
            try await store.forgetBucket(name, lease: lease, now: now())
        }
    }

    /// What the object store refuses is tried again later, and nothing else waits for it.
    private func attempt<Value>(
        _ action: String,
        _ name: BucketName,
        _ lease: FleetLease,
        _ body: () async throws(ObjectStoreError) -> Value,
        then: (Value) async throws -> Void
    ) async throws {
        let value: Value
        do throws(ObjectStoreError) {
            value = try await body()
        } catch {
            guard !error.isCancellation else { throw CancellationError() }
            logger.warning(
                "the object store did not do as it was asked",
                metadata: ["action": "\(action)", "bucket": "\(name)", "error": "\(error)"]
            )
            return try await store.bucketFailed(name, reason: "\(error)", lease: lease, now: now())
        }
        try await then(value)
    }
}
