import Database
import Model

/// Columns read as the model's types.
extension Row {
    func identifier<Kind>(_ column: Column) throws(DatabaseError) -> Identifier<Kind> {
        let bytes = try uuid(column)
        guard let identifier = Identifier<Kind>(bytes: bytes) else {
            throw .decoding(column: "\(column)", problem: .malformed)
        }
        return identifier
    }

    func optionalIdentifier<Kind>(_ column: Column) throws(DatabaseError) -> Identifier<Kind>? {
        guard let bytes = try optionalUuid(column) else { return nil }
        return Identifier<Kind>(bytes: bytes)
    }

    func revision(_ column: Column) throws(DatabaseError) -> Revision {
        Revision(UInt64(clamping: try int64(column)))
    }

    func moment(_ column: Column) throws(DatabaseError) -> Timestamp {
        Timestamp(microseconds: try timestamp(column))
    }

    func optionalMoment(_ column: Column) throws(DatabaseError) -> Timestamp? {
        try optionalTimestamp(column).map(Timestamp.init(microseconds:))
    }

    func publicKey(_ column: Column) throws(DatabaseError) -> PublicKey {
        guard let key = PublicKey(uncheckedBytes: try bytes(column)) else {
            throw .decoding(column: "\(column)", problem: .malformed)
        }
        return key
    }

    /// A text that names one of a type's cases.
    func named<Value: RawRepresentable<String>>(_ column: Column) throws(DatabaseError) -> Value {
        guard let value = Value(rawValue: try text(column)) else {
            throw .decoding(column: "\(column)", problem: .malformed)
        }
        return value
    }

    func region(_ column: Column) throws(DatabaseError) -> RegionName {
        guard let region = RegionName(try text(column)) else {
            throw .decoding(column: "\(column)", problem: .malformed)
        }
        return region
    }
}
