import Billing
import HTTPTypes
import Hummingbird
import Model
import ObjectStorage
import Store

/// `/v1/bucket`: a place for objects that app and object store exchange without us.
struct BucketRoutes: Sendable {
    /// Nil where there is no object store.
    let desk: BucketDesk?
    let answers: IdempotentRequests

    func add(to group: RouterGroup<CustomerContext>) {
        group.post("bucket", use: open)
        group.get("bucket", use: show)
        group.post("bucket/presign", use: presign)
    }

    private struct Resource: Encodable {
        struct Limits: Encodable {
            let object_bytes: Int64
            let put_bytes: Int64
            let part_bytes: Int64
            let parts: Int
            let presign_s: Int64
        }

        let name: String
        let state: String
        let access: String
        /// Null where the tier has no bucket any more.
        let limits: Limits?
        let deleted_after: String?

        init(_ standing: BucketDesk.Standing, isMade: Bool) {
            name = standing.bucket.name.text
            state = isMade ? "ready" : "making"
            access = standing.access == .readWrite ? "read-write" : "read-only"
            limits = standing.terms.map { terms in
                Limits(
                    object_bytes: terms.objectByteCountMax,
                    put_bytes: terms.wholeByteCountMax,
                    part_bytes: terms.partByteCountMax,
                    parts: terms.partCountMax,
                    presign_s: terms.presignLifetimeMax.components.seconds
                )
            }
            deleted_after = standing.deletionAt.map { "\($0)" }
        }
    }

    /// To be repeated at will: a subscription has one bucket. 201 once, 200 from then on.
    @Sendable private func open(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let desk = try configured()
        let subscription = try context.authenticated()
        try await RequestBody.expectNothing(in: request)
        let key = try request.headers.idempotencyKey(for: "POST /v1/bucket")
        if let answer = try await answers.answer(to: key, of: subscription) { return answer }
        let (standing, isNew) = try await desk.open(subscription)
        let answer = try StoredAnswer(Resource(standing, isMade: true), status: isNew ? .created : .ok)
        return await answers.keep(answer, to: key, of: subscription, context)
    }

    @Sendable private func show(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let standing = try await configured().standing(try context.authenticated())
        return try JSONResponse.make(Resource(standing, isMade: standing.bucket.isMade))
    }

    private struct Presigned: Encodable {
        let method: String
        let url: String
        let headers: [String: String]
        let expires_at: String
    }

    /// Nothing of it is kept or logged: neither the key nor the URL.
    @Sendable private func presign(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let desk = try configured()
        let subscription = try context.authenticated()
        let wish = try await RequestBody.decode(PresignWish.self, from: request)
        let presigned = try await desk.presign(wish, for: subscription)
        return try JSONResponse.make(
            Presigned(
                method: presigned.method,
                url: presigned.url,
                headers: presigned.headers,
                expires_at: "\(presigned.expiresAt)"
            )
        )
    }

    private func configured() throws -> BucketDesk {
        guard let desk else { throw Problem.storageNotOffered }
        return desk
    }
}
