import Cryptography
import Database

/// The rule by which one entry follows another in the chain. Pure: sealing and verifying compute the same.
enum AuditChain {
    /// What stands before the first entry.
    static let start = [UInt8](repeating: 0, count: 32)

    /// 32 bytes over the hash before, the place in the chain, and everything that the entry says.
    ///
    /// - Parameter key: nil for a chain that anybody can make, as it was before there were keys.
    static func hash(after previous: [UInt8], position: Int64, entry: [UInt8], key: AuditKey?) -> [UInt8] {
        let message = previous + bigEndian(position) + entry
        guard let key else { return BLAKE2b.hash(message) }
        return key.code(over: bigEndian(Int64(key.version)) + message, context: "holdfast audit chain")
    }

    /// The entry's columns, each with its length, so that no two entries give the same bytes.
    static func canonical(_ row: Row) throws(DatabaseError) -> [UInt8] {
        var bytes = Array("holdfast audit entry 1".utf8)
        append(bigEndian(try row.int64("id")), to: &bytes)
        append(bigEndian(try row.timestamp("at")), to: &bytes)
        for column in ["actor", "actor_name", "action", "detail", "change"] {
            append(try row.optionalText(.name(column)).map { Array($0.utf8) }, to: &bytes)
        }
        for column in ["node_id", "peer_id", "subscription_id", "operation_id", "from_node_id"] {
            append(try row.optionalUuid(.name(column)), to: &bytes)
        }
        for column in ["revision", "undoes"] {
            append(try row.optionalInt64(.name(column)).map(bigEndian), to: &bytes)
        }
        return bytes
    }

    private static func append(_ field: [UInt8]?, to bytes: inout [UInt8]) {
        guard let field else { return bytes.append(0) }
        bytes.append(1)
        bytes += bigEndian(Int64(field.count))
        bytes += field
    }

    static func bigEndian(_ number: Int64) -> [UInt8] {
        stride(from: Int64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
