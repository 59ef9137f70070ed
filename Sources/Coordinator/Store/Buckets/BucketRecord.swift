import Database
import Model

/// A subscription's bucket as it is stored.
public struct BucketRecord: Hashable, Sendable {
    public let name: BucketName
    /// Whether the object store has said that it has it.
    public let isMade: Bool
    /// Since when its subscription is known to be over.
    public let endedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        name = try row.bucket("name")
        isMade = try row.bool("is_made")
        endedAt = try row.optionalMoment("ended_at")
    }
}

extension Row {
    func bucket(_ column: Column) throws(DatabaseError) -> BucketName {
        guard let name = BucketName(try text(column)) else {
            throw .decoding(column: "\(column)", problem: .malformed)
        }
        return name
    }
}
