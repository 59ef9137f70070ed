import Netlink

/// What a table says, without what counts, what packets put in, and the kernel's own numbers for things: two images of
/// the same rules are equal, however often the rules were loaded and whatever passed by them.
public struct TableImage: Hashable, Sendable {
    private var records: [[UInt8]] = []
    /// Elements have no order of their own.
    private var elements: Set<[UInt8]> = []

    /// Expressions whose data change with the packets that pass: only their name counts.
    private static let stateful: Set<[UInt8]> = Set(["counter", "quota", "last"].map { Array($0.utf8) + [0] })
    private static let headerByteCount = 4

    init() {}

    /// `NFT_MSG_NEWTABLE`. The flags say when a table sleeps.
    mutating func addTable(_ payload: RawSpan) throws(MalformedMessage) {
        try add(1, payload, [NFTablesProtocol.Table.name, NFTablesProtocol.Table.flags])
    }

    /// `NFT_MSG_NEWCHAIN`
    mutating func addChain(_ payload: RawSpan) throws(MalformedMessage) {
        let chain = NFTablesProtocol.Chain.self
        try add(2, payload, [chain.name, chain.hook, chain.policy, chain.type, chain.flags])
    }

    /// `NFT_MSG_NEWRULE`
    mutating func addRule(_ payload: RawSpan) throws(MalformedMessage) {
        var record: [UInt8] = [3]
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case NFTablesProtocol.Rule.chain: record += try payload.bytes(attribute.value)
            case NFTablesProtocol.Rule.expressions:
                let list = payload.extracting(attribute.value)
                var expressions = AttributeCursor()
                while let expression = try expressions.next(in: list) {
                    record += try Self.expression(list.extracting(expression.value))
                }
            default: continue
            }
        }
        records.append(record)
    }

    /// `NFT_MSG_NEWSET`
    ///
    /// - Returns: the set's name, where its elements belong to the image.
    mutating func addSet(_ payload: RawSpan) throws(MalformedMessage) -> String? {
        let set = NFTablesProtocol.Set.self
        try add(4, payload, [set.name, set.flags, set.keyType, set.keyLength, set.dataType, set.dataLength])
        var name: String?
        var flags: UInt32 = 0
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case set.name: name = try attribute.string(in: payload)
            case set.flags: flags = try attribute.bigEndian32(in: payload)
            default: continue
            }
        }
        return flags & set.changesByItself == 0 ? name : nil
    }

    /// `NFT_MSG_NEWSETELEM`
    mutating func addElements(of set: String, _ payload: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            guard attribute.type == NFTablesProtocol.SetElements.elements else { continue }
            let list = payload.extracting(attribute.value)
            var found = AttributeCursor()
            while let element = try found.next(in: list) {
                let bytes = list.extracting(element.value)
                elements.insert(
                    Array(set.utf8) + [0] + (try Self.record(bytes, from: 0, NFTablesProtocol.SetElements.lasting))
                )
            }
        }
    }

    private mutating func add(_ kind: UInt8, _ payload: RawSpan, _ wanted: Set<UInt16>) throws(MalformedMessage) {
        records.append([kind] + (try Self.record(payload, from: Self.headerByteCount, wanted)))
    }

    /// Each wanted attribute's type, length and value, in the order of the kernel.
    private static func record(
        _ bytes: RawSpan,
        from offset: Int,
        _ wanted: Set<UInt16>
    ) throws(MalformedMessage) -> [UInt8] {
        var record: [UInt8] = []
        var cursor = AttributeCursor(from: offset)
        while let attribute = try cursor.next(in: bytes) {
            guard wanted.contains(attribute.type) else { continue }
            record += [UInt8(truncatingIfNeeded: attribute.type)]
            record += [UInt8(truncatingIfNeeded: attribute.value.count), UInt8(attribute.value.count >> 8)]
            record += try bytes.bytes(attribute.value)
        }
        return record
    }

    private static func expression(_ bytes: RawSpan) throws(MalformedMessage) -> [UInt8] {
        var name: [UInt8] = []
        var data: [UInt8] = []
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            switch attribute.type {
            case NFTablesProtocol.Expression.name: name = try bytes.bytes(attribute.value)
            case NFTablesProtocol.Expression.data: data = try bytes.bytes(attribute.value)
            default: continue
            }
        }
        return stateful.contains(name) ? name : name + data
    }
}
