/// PostgreSQL's binary forms of single values. Each function says whether the value can be sent at all.
enum ValueEncoding {
    static func appendBigEndian<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    static func bool(_ value: Bool, _ bytes: inout [UInt8]) -> Bool {
        bytes.append(value ? 1 : 0)
        return true
    }

    static func integer<Value: FixedWidthInteger>(_ value: Value, _ bytes: inout [UInt8]) -> Bool {
        appendBigEndian(value, to: &bytes)
        return true
    }

    static func double(_ value: Double, _ bytes: inout [UInt8]) -> Bool {
        appendBigEndian(value.bitPattern, to: &bytes)
        return true
    }

    static func text(_ value: String, _ bytes: inout [UInt8]) -> Bool {
        guard !value.utf8.contains(0) else { return false }
        bytes.append(contentsOf: value.utf8)
        return true
    }

    static func bytes(_ value: [UInt8], _ bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: value)
        return true
    }

    static func timestamp(_ value: Int64, _ bytes: inout [UInt8]) -> Bool {
        let (sinceEpoch, overflow) = value.subtractingReportingOverflow(postgresEpoch_us)
        // The two extremes mean infinity to PostgreSQL.
        guard !overflow, sinceEpoch != .min, sinceEpoch != .max else { return false }
        appendBigEndian(sinceEpoch, to: &bytes)
        return true
    }

    static func uuid(_ value: [UInt8], _ bytes: inout [UInt8]) -> Bool {
        guard value.count == 16 else { return false }
        bytes.append(contentsOf: value)
        return true
    }
}
