import Netlink

/// A chain of another table that sees what the host forwards.
struct ForwardChain: Hashable {
    let table: TableName
    let name: String
    let dropsByPolicy: Bool

    /// Reads `NFT_MSG_NEWCHAIN`; nil for a chain that sees no forwarded packet.
    static func read(_ payload: RawSpan) throws(MalformedMessage) -> ForwardChain? {
        guard let family = TableName.Family(rawValue: try payload.uint8(at: 0)) else { return nil }
        var table = ""
        var name = ""
        var hook: UInt32?
        var policy: UInt32?
        var cursor = AttributeCursor(from: Generation.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case NFTablesProtocol.Chain.table: table = try attribute.string(in: payload)
            case NFTablesProtocol.Chain.name: name = try attribute.string(in: payload)
            case NFTablesProtocol.Chain.policy: policy = try attribute.bigEndian32(in: payload)
            case NFTablesProtocol.Chain.hook: hook = try hookNumber(payload.extracting(attribute.value))
            default: continue
            }
        }
        guard hook == NFTablesProtocol.Chain.forward else { return nil }
        let drops = policy == NFTablesProtocol.Expression.drop
        return ForwardChain(table: TableName(family, table), name: name, dropsByPolicy: drops)
    }

    private static func hookNumber(_ bytes: RawSpan) throws(MalformedMessage) -> UInt32? {
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            if attribute.type == NFTablesProtocol.Chain.hookNumber { return try attribute.bigEndian32(in: bytes) }
        }
        return nil
    }
}
