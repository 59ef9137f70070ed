import Billing
import DaemonRuntime
import Logging
import Model
import ObjectStorage
import Store

/// Hands out buckets and presigned URLs: what `BucketRoutes` does besides HTTP.
public struct BucketDesk: Sendable {
    private let store: Store
    private let objects: ObjectStore
    private let catalogue: TierCatalogue
    private let namePrefix: String
    private let retention: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - namePrefix: what buckets' names begin with; one that `BucketName` takes.
    ///   - retention: how long a bucket can be read after its subscription has ended.
    public init(
        store: Store,
        objects: ObjectStore,
        catalogue: TierCatalogue,
        namePrefix: String,
        retention: Duration,
        logger: Logger
    ) {
        self.store = store
        self.objects = objects
        self.catalogue = catalogue
        self.namePrefix = namePrefix
        self.retention = retention
        self.logger = logger
    }

    /// A bucket, and what its subscription may do with it at the moment.
    struct Standing: Sendable {
        let bucket: BucketRecord
        let access: BucketAccess
        /// Nil where the subscription's tier has no bucket (any more): what is in it can be fetched.
        let terms: BucketTerms?
        /// When it is deleted, as long as nothing changes.
        let deletionAt: Timestamp?
    }

    /// The subscription's bucket, made where there is none.
    ///
    /// - Returns: with whether this call has made it.
    func open(_ subscription: SubscriptionID) async throws -> (standing: Standing, isNew: Bool) {
        let now = SystemClock.now()
        guard let record = try await store.subscription(subscription) else { throw Problem.unauthenticated }
        if let bucket = try await store.bucket(of: subscription), bucket.isMade {
            return (try standing(bucket, record.entitlement, now), false)
        }
        guard record.entitlement.hasAccess(at: now) else { throw Problem.subscriptionInactive }
        guard terms(record.entitlement) != nil else { throw Problem.bucketNotInTier }
        var generator = SystemRandomNumberGenerator()
        guard let name = BucketName.random(prefix: namePrefix, using: &generator),
            let bucket = try await store.promiseBucket(of: subscription, named: name, now: now)
        else { throw Problem.unavailable }
        try await make(bucket.name, now)
        switch try await store.bucketWasMade(bucket.name, now: SystemClock.now()) {
        case .isOver: throw Problem.noBucket
        case .isNew: return (try standing(bucket, record.entitlement, now), true)
        case .wasKnown: return (try standing(bucket, record.entitlement, now), false)
        }
    }

    private func make(_ name: BucketName, _ now: Timestamp) async throws {
        do {
            try await objects.makeBucket(name, now: now)
        } catch {
            guard !error.isCancellation else { throw CancellationError() }
            logger.warning("a bucket was not made", metadata: ["bucket": "\(name)", "error": "\(error)"])
            throw Problem.storageUnavailable
        }
    }

    func standing(_ subscription: SubscriptionID) async throws -> Standing {
        guard let record = try await store.subscription(subscription) else { throw Problem.unauthenticated }
        guard let bucket = try await store.bucket(of: subscription) else { throw Problem.noBucket }
        return try standing(bucket, record.entitlement, SystemClock.now())
    }

    private func standing(
        _ bucket: BucketRecord,
        _ entitlement: Entitlement,
        _ now: Timestamp
    ) throws -> Standing {
        let deletionAt = bucket.endedAt.map { $0 + retention }
        var access = entitlement.bucketAccess(at: now)
        if let deletionAt, deletionAt <= now, !entitlement.hasAccess(at: now) { access = .none }
        guard access != .none else { throw Problem.subscriptionInactive }
        let terms = terms(entitlement)
        if terms == nil { access = .readOnly }
        return Standing(bucket: bucket, access: access, terms: terms, deletionAt: deletionAt)
    }

    private func terms(_ entitlement: Entitlement) -> BucketTerms? {
        catalogue.bucket(of: entitlement)
    }

    func presign(_ wish: PresignWish, for subscription: SubscriptionID) async throws -> PresignedRequest {
        let standing = try await standing(subscription)
        guard standing.bucket.isMade else { throw Problem.bucketNotReady }
        let operation = try wish.operation(standing.terms)
        guard !operation.isWrite || standing.access == .readWrite else { throw Problem.bucketReadOnly }
        return objects.presign(
            operation,
            in: standing.bucket.name,
            lifetime: try wish.lifetime(standing.terms),
            now: SystemClock.now()
        )
    }
}
