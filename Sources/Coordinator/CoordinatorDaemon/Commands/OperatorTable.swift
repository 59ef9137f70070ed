import Model
import Store

/// Operators' certificates as a table for people.
enum OperatorTable {
    static func lines(_ operators: [OperatorRecord], now: Timestamp) -> [String] {
        let header = ["NAME", "ROLE", "STATE", "ISSUED", "EXPIRES", "SERIAL"]
        let rows =
            [header]
            + operators.map { record in
                [
                    record.name.text, record.role.rawValue, state(record, now: now), "\(record.issuedAt)",
                    "\(record.expiresAt)", Hexadecimal.encode(record.serial),
                ]
            }
        return NodeTable.aligned(rows)
    }

    private static func state(_ record: OperatorRecord, now: Timestamp) -> String {
        if record.revokedAt != nil { return "revoked" }
        return record.expiresAt > now ? "good" : "expired"
    }
}
