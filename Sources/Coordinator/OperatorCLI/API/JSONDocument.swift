import FoundationEssentials
import Model

/// What the coordinator sent, whole: `-o json` prints fields too that this version does not know, and as escapes what a
/// terminal would obey.
enum JSONDocument: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONDocument])
    case object([String: JSONDocument])

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(JSONDocument.self, from: Data(bytes))
    }

    subscript(key: String) -> JSONDocument? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    func string(_ key: String) -> String? {
        guard case .string(let value)? = self[key] else { return nil }
        return value
    }

    func integer(_ key: String) -> Int64? {
        guard case .integer(let value)? = self[key] else { return nil }
        return value
    }

    func number(_ key: String) -> Double? {
        switch self[key] {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    func boolean(_ key: String) -> Bool { self[key] == .boolean(true) }

    func array(_ key: String) -> [JSONDocument] {
        guard case .array(let values)? = self[key] else { return [] }
        return values
    }

    /// The texts of an array.
    func strings(_ key: String) -> [String] {
        array(key).compactMap { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    func fields(_ key: String) -> [(name: String, value: JSONDocument)] {
        guard case .object(let fields)? = self[key] else { return [] }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// With other values for some of its fields.
    func replacing(_ changes: [String: JSONDocument]) -> JSONDocument {
        guard case .object(let fields) = self else { return self }
        return .object(fields.merging(changes) { _, new in new })
    }

    func bytes(pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return PrintableText.escaped(json: Array(try encoder.encode(self)))
    }
}

extension JSONDocument: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONDocument].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONDocument].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
