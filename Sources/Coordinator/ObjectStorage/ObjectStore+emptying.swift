import Model
import OutboundHTTP

extension ObjectStore {
    public enum Emptying: Hashable, Sendable {
        case isEmpty
        /// There was more than was to be deleted at once.
        case hasMore
    }

    /// A page of what is in a bucket.
    struct Page: Hashable, Sendable {
        let keys: [String]
        let isLast: Bool
    }

    private static let deletionsAtOnce = 8

    /// Deletes up to `limit` objects, and as many unfinished uploads. Each deletion stands by itself: to be interrupted
    /// costs nothing, and to be done twice neither.
    public func empty(_ bucket: BucketName, limit: Int, now: Timestamp) async throws(ObjectStoreError) -> Emptying {
        do throws(ObjectStoreError) {
            let page = try await list(bucket, limit: limit, now: now)
            try await each(page.keys) { key throws(ObjectStoreError) in
                _ = try await send("DELETE", bucket, key: key, now: now)
            }
            guard page.isLast else { return .hasMore }
            return try await abortUploads(in: bucket, limit: limit, now: now)
        } catch {
            guard error.isMissingBucket else { throw error }
            return .isEmpty
        }
    }

    /// The first keys of a bucket.
    func list(_ bucket: BucketName, limit: Int, now: Timestamp) async throws(ObjectStoreError) -> Page {
        // Keys may hold what XML cannot say.
        let query = [
            (name: "list-type", value: "2"), (name: "max-keys", value: "\(limit)"),
            (name: "encoding-type", value: "url"),
        ]
        let answer = try await send("GET", bucket, query: query, now: now)
        guard let document = S3Document(answer.body), let keys = Self.keys(document) else { throw .malformedAnswer }
        return Page(keys: keys, isLast: document.text(of: "IsTruncated") != "true")
    }

    private func abortUploads(
        in bucket: BucketName,
        limit: Int,
        now: Timestamp
    ) async throws(ObjectStoreError) -> Emptying {
        let query = [
            (name: "uploads", value: ""), (name: "max-uploads", value: "\(limit)"),
            (name: "encoding-type", value: "url"),
        ]
        let answer: WebAnswer
        do throws(ObjectStoreError) {
            answer = try await send("GET", bucket, query: query, now: now)
        } catch .refused(status: 501, _) {
            return .isEmpty
        } catch {
            throw error
        }
        guard let document = S3Document(answer.body), let keys = Self.keys(document),
            let uploads = document.texts(of: "UploadId"), uploads.count == keys.count
        else { throw .malformedAnswer }
        try await each(Array(zip(keys, uploads))) { upload throws(ObjectStoreError) in
            do throws(ObjectStoreError) {
                _ = try await send(
                    "DELETE",
                    bucket,
                    key: upload.0,
                    query: [(name: "uploadId", value: upload.1)],
                    now: now
                )
            } catch .refused(status: 404, _) {
                // It was finished or aborted meanwhile.
            } catch {
                throw error
            }
        }
        return document.text(of: "IsTruncated") == "true" ? .hasMore : .isEmpty
    }

    /// A server that did not understand that keys were to be encoded does not say that they are.
    private static func keys(_ document: S3Document) -> [String]? {
        guard let keys = document.texts(of: "Key") else { return nil }
        guard document.text(of: "EncodingType") == "url" else { return keys }
        let decoded = keys.compactMap { URIEncoding.decode($0) }
        return decoded.count == keys.count ? decoded : nil
    }

    /// Several at once; the first failure is the whole's, after the others.
    private func each<Element: Sendable>(
        _ elements: [Element],
        _ body: @escaping @Sendable (Element) async throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) {
        let failure: ObjectStoreError? = await withTaskGroup(of: ObjectStoreError?.self) { group in
            var failure: ObjectStoreError?
            for (number, element) in elements.enumerated() {
                if number >= Self.deletionsAtOnce, let ended = await group.next() ?? nil { failure = failure ?? ended }
                if failure != nil { break }
                group.addTask {
                    do throws(ObjectStoreError) {
                        try await body(element)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await ended in group { failure = failure ?? ended }
            return failure
        }
        if let failure { throw failure }
    }
}
