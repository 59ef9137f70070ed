import Billing
import ObjectStorage

/// The body of `POST /v1/bucket/presign`: what an app wants to do.
struct PresignWish: RequestDocument, Sendable {
    enum Kind: String, Decodable, CaseIterable {
        case put, get, delete, list
        case createMultipart = "create-multipart"
        case uploadPart = "upload-part"
        case completeMultipart = "complete-multipart"
        case abortMultipart = "abort-multipart"
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case operation, key, content_length, upload_id, part_number, prefix, delimiter, continuation_token, max_keys,
            expires_in_s
    }

    let operation: String
    let key: String?
    /// In bytes.
    let content_length: Int64?
    let upload_id: String?
    let part_number: Int?
    let prefix: String?
    let delimiter: String?
    let continuation_token: String?
    let max_keys: Int?
    let expires_in_s: Int64?

    /// For a bucket whose tier is gone: to fetch what is there.
    private static let lifetimeWithoutTier: Duration = .seconds(900)

    /// - Throws: `Problem` where a field is missing, wrong or beyond what the tier allows.
    func operation(_ terms: BucketTerms?) throws -> BucketOperation {
        guard let kind = Kind(rawValue: operation) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.malformedField("operation", "It must be one of \(kinds).")
        }
        switch kind {
        case .get: return .get(try objectKey())
        case .delete: return .delete(try objectKey())
        case .list: return .list(try listing())
        case .put: return .put(try objectKey(), byteCount: try byteCount(terms?.wholeByteCountMax))
        case .createMultipart: return .createMultipart(try objectKey())
        case .uploadPart:
            let number = try partNumber(terms)
            return .uploadPart(
                try objectKey(),
                upload: try upload(),
                number: number,
                byteCount: try byteCount(terms?.byteCountMax(ofPart: number))
            )
        case .completeMultipart: return .completeMultipart(try objectKey(), upload: try upload())
        case .abortMultipart: return .abortMultipart(try objectKey(), upload: try upload())
        }
    }

    func lifetime(_ terms: BucketTerms?) throws -> Duration {
        let limit = terms?.presignLifetimeMax ?? Self.lifetimeWithoutTier
        guard let expires_in_s else { return limit }
        guard expires_in_s >= 1, .seconds(expires_in_s) <= limit else {
            throw Problem.malformedField("expires_in_s", "It must be from 1 to \(limit.components.seconds).")
        }
        return .seconds(expires_in_s)
    }

    private func objectKey() throws -> ObjectKey {
        guard let key, let objectKey = ObjectKey(key) else {
            throw Problem.malformedField(
                "key",
                """
                It must have 1 to 1024 bytes of UTF-8, no control characters, and no part between slashes that is \
                empty, '.' or '..'.
                """
            )
        }
        return objectKey
    }

    private func listing() throws -> BucketListing {
        let listing = BucketListing(
            prefix: prefix ?? "",
            delimiter: delimiter,
            continuation: continuation_token,
            limit: max_keys ?? BucketListing.limitMax
        )
        guard let listing else {
            throw Problem.malformedField(
                "prefix",
                """
                prefix, delimiter and continuation_token have at most 1024 bytes and no control characters, and \
                max_keys is from 1 to \(BucketListing.limitMax).
                """
            )
        }
        return listing
    }

    /// - Parameter limit: nil without a tier, which does not write.
    private func byteCount(_ limit: Int64?) throws -> Int64 {
        guard let content_length, content_length >= 0 else {
            throw Problem.malformedField("content_length", "It must be the number of bytes that will be sent.")
        }
        guard let limit else { throw Problem.bucketReadOnly }
        guard content_length <= limit else { throw Problem.objectTooLarge(limit: limit) }
        return content_length
    }

    private func partNumber(_ terms: BucketTerms?) throws -> Int {
        guard let terms else { throw Problem.bucketReadOnly }
        guard let part_number, terms.byteCountMax(ofPart: part_number) != nil else {
            throw Problem.malformedField(
                "part_number",
                "It must be from 1 to \(terms.partCountMax): GET /v1/bucket says how large parts may be."
            )
        }
        return part_number
    }

    private func upload() throws -> String {
        guard let upload_id, (1...1024).contains(upload_id.utf8.count),
            upload_id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw Problem.malformedField("upload_id", "It must be as the answer to create-multipart has it.") }
        return upload_id
    }
}
