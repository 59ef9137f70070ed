import FoundationEssentials

/// The allow-listed fields of a store's event, as the inbox holds them.
protocol InboxFields: Codable, Hashable, Sendable {
    /// The store's own id of the subscription; nil where the event does not name it. The events of one subscription are
    /// carried out in order.
    var storeReference: String? { get }
}

extension InboxFields {
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}
