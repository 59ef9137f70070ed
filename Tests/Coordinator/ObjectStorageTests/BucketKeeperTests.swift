import Database
import Model
import OutboundHTTP
import StandInServer
import Store
import Testing

@testable import ObjectStorage

/// What becomes of buckets by themselves, at the real server.
@Suite(.timeLimit(.minutes(10)))
struct BucketKeeperTests {
    @Test func `a bucket that was promised before a crash is made, and then left alone`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.promise(id)
            // Whoever promised it is given the time to make it.
            _ = try await buckets.keeper().turn(buckets.lease)
            #expect(try await !buckets.exists(name))
            try await buckets.hurry()
            for _ in 0..<2 { #expect(try await !buckets.keeper().turn(buckets.lease)) }
            #expect(try await buckets.exists(name))
            #expect(try await buckets.store.bucket(of: id)?.isMade == true)
            // The crash came after the making, and before it was noted.
            try await buckets.store.pool.transaction { try $0.execute("UPDATE buckets SET made_at = NULL") }
            _ = try await buckets.keeper().turn(buckets.lease)
            #expect(try await buckets.store.bucketFigures().byState == ["ready": 1])
        }
    }

    @Test func `a subscription has one bucket, whoever asks and however often`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let names = try await withThrowingTaskGroup(of: BucketName.self) { group in
                for _ in 0..<8 { group.addTask { try await buckets.promise(id) } }
                return try await group.reduce(into: Set<BucketName>()) { $0.insert($1) }
            }
            #expect(names.count == 1)
            #expect(try await buckets.count("SELECT count(*) FROM audit_entries") == 1)
        }
    }

    @Test(arguments: ["expired", "revoked"])
    func `what has ended is kept for its time, and then deleted with all that is in it`(state: String) async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.bucket(of: id)
            try await write(3, into: name, buckets)
            try await buckets.set(state, of: id)
            _ = try await buckets.keeper().turn(buckets.lease)
            #expect(try await buckets.store.bucketFigures().byState == ["ended": 1])
            let kept = try await buckets.exists(name)
            #expect(kept)
            _ = try await buckets.keeper(later: KeptBuckets.retention).turn(buckets.lease)
            let remains = try await buckets.exists(name)
            #expect(!remains)
            #expect(try await buckets.count("SELECT count(*) FROM buckets") == 0)
            let audited: Statement = "SELECT count(*) FROM audit_entries WHERE action = 'bucket.deleted'"
            #expect(try await buckets.count(audited) == 1)
        }
    }

    @Test(arguments: ["active", "grace", "hold"])
    func `what is paid again, or may be, is not deleted however long ago it ended`(state: String) async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.bucket(of: id)
            try await buckets.set("expired", of: id)
            _ = try await buckets.keeper().turn(buckets.lease)
            try await buckets.set(state, of: id)
            _ = try await buckets.keeper(later: KeptBuckets.retention * 2).turn(buckets.lease)
            let kept = try await buckets.exists(name)
            #expect(kept)
            #expect(try await buckets.store.bucket(of: id)?.endedAt == nil)
        }
    }

    @Test func `an erased subscription's bucket is nobody's at once, and then gone`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.bucket(of: id)
            try await buckets.store.pool.transaction { transaction in
                Store.markBucketForDeletion(of: id, in: transaction, now: ObjectDesk.now)
                try transaction.execute("DELETE FROM subscriptions WHERE id = $1", .uuid(id.bytes))
            }
            #expect(try await buckets.store.bucket(of: id) == nil)
            _ = try await buckets.keeper().turn(buckets.lease)
            let remains = try await buckets.exists(name)
            #expect(!remains)
        }
    }

    @Test func `a bucket that is being made while its subscription is erased does not outlive it`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.promise(id)
            try await buckets.store.pool.transaction { transaction in
                Store.markBucketForDeletion(of: id, in: transaction, now: ObjectDesk.now)
            }
            _ = try await buckets.keeper().turn(buckets.lease)
            #expect(try await buckets.count("SELECT count(*) FROM buckets") == 1)
            try await buckets.desk.objects.makeBucket(name, now: ObjectDesk.now)
            #expect(try await buckets.store.bucketWasMade(name, now: ObjectDesk.now) == .isOver)
            try await buckets.hurry()
            _ = try await buckets.keeper().turn(buckets.lease)
            let remains = try await buckets.exists(name)
            #expect(!remains)
            #expect(try await buckets.count("SELECT count(*) FROM buckets") == 0)
        }
    }

    @Test func `deleting goes on after whoever was killed in the middle of it`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription()
            let name = try await buckets.bucket(of: id)
            try await write(2, into: name, buckets)
            try await buckets.store.pool.transaction { transaction in
                Store.markBucketForDeletion(of: id, in: transaction, now: ObjectDesk.now)
            }
            // As far as that one came: an object is gone, or everything is and nobody noted it.
            #expect(try await buckets.desk.objects.empty(name, limit: 1, now: ObjectDesk.now) == .hasMore)
            #expect(try await buckets.desk.objects.empty(name, limit: 9, now: ObjectDesk.now) == .isEmpty)
            try await buckets.desk.objects.deleteBucket(name, now: ObjectDesk.now)
            _ = try await buckets.keeper().turn(buckets.lease)
            #expect(try await buckets.count("SELECT count(*) FROM buckets") == 0)
        }
    }

    @Test func `a store that refuses is asked again later, and the others do not wait for it`() async throws {
        let refusing: @Sendable (StandInServer.Request, Int) -> StandInServer.Answer = { request, _ in
            .init(status: 403, body: "<Error><Code>AccessDenied</Code></Error>")
        }
        try await StandInServer.run(answering: refusing) { server, base in
            try await KeptBuckets.with { buckets in
                for _ in 0..<2 { _ = try await buckets.promise(try await buckets.subscription()) }
                try await buckets.hurry()
                let endpoint = try #require(StorageEndpoint(base, style: .path))
                let credentials = StorageCredentials(accessKey: "key", secretKey: Secret("secret"))
                let objects = ObjectStore(endpoint: endpoint, region: "us-east-1", credentials: credentials)
                for _ in 0..<2 { _ = try await buckets.keeper(objects: objects).turn(buckets.lease) }
                #expect(server.requests.count == 2)
                #expect(try await buckets.store.bucketFigures().failing == 2)
                let told: Statement = "SELECT count(*) FROM buckets WHERE last_error = 'AccessDenied (403)'"
                #expect(try await buckets.count(told) == 2)
                try await buckets.hurry()
                _ = try await buckets.keeper().turn(buckets.lease)
                #expect(try await buckets.store.bucketFigures().failing == 0)
            }
        }
    }

    @Test func `whoever has lost the lease changes nothing`() async throws {
        try await KeptBuckets.with { buckets in
            let id = try await buckets.subscription(state: "expired")
            let name = try await buckets.bucket(of: id)
            try await buckets.store.releaseFleetLease(buckets.lease)
            _ = try #require(try await buckets.store.holdFleetLease(.random(), lifetime: .seconds(60)))
            await #expect(throws: LeaseLost.self) {
                _ = try await buckets.keeper(later: KeptBuckets.retention).turn(buckets.lease)
            }
            let kept = try await buckets.exists(name)
            #expect(kept)
        }
    }

    private func write(_ count: Int, into name: BucketName, _ buckets: KeptBuckets) async throws {
        for number in 0..<count {
            let key = try #require(ObjectKey("object \(number)"))
            let put = buckets.desk.objects.presign(
                .put(key, byteCount: 3),
                in: name,
                lifetime: .seconds(60),
                now: ObjectDesk.now
            )
            #expect(try await buckets.desk.use(put, body: [1, 2, 3]).status == 200)
        }
    }
}
