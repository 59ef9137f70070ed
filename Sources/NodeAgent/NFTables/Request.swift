import Netlink

/// Requests to read, each with `struct nfgenmsg`: family, version, resource (16 bits).
enum Request {
    static func generation() -> MessageEncoder { message(NFTablesProtocol.Message.getGeneration, family: 0) }

    static func table(_ name: TableName) throws(MessageTooLong) -> MessageEncoder {
        var message = message(NFTablesProtocol.Message.getTable, family: name.family.rawValue)
        try message.attribute(NFTablesProtocol.Table.name, text: name.name)
        return message
    }

    /// Of every table.
    static func chains() -> MessageEncoder { message(NFTablesProtocol.Message.getChain, family: 0) }

    static func rules(of table: TableName) throws(MessageTooLong) -> MessageEncoder {
        var message = message(NFTablesProtocol.Message.getRule, family: table.family.rawValue)
        try message.attribute(NFTablesProtocol.Rule.table, text: table.name)
        return message
    }

    static func sets(of table: TableName) throws(MessageTooLong) -> MessageEncoder {
        var message = message(NFTablesProtocol.Message.getSet, family: table.family.rawValue)
        try message.attribute(NFTablesProtocol.Set.table, text: table.name)
        return message
    }

    static func elements(of set: String, in table: TableName) throws(MessageTooLong) -> MessageEncoder {
        var message = message(NFTablesProtocol.Message.getSetElement, family: table.family.rawValue)
        try message.attribute(NFTablesProtocol.SetElements.table, text: table.name)
        try message.attribute(NFTablesProtocol.SetElements.set, text: set)
        return message
    }

    private static func message(_ type: UInt16, family: UInt8) -> MessageEncoder {
        MessageEncoder(type: NFTablesProtocol.subsystem << 8 | type, flags: [], header: [family, 0, 0, 0])
    }
}
