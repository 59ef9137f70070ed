import Netlink

/// The ruleset's generation (`NFT_MSG_NEWGEN`): each transaction that changes anything in it makes the next one.
public struct Generation: Hashable, Sendable {
    public private(set) var number: UInt32 = 0
    /// Of whoever asks, or in an announcement, of whoever made this generation; at most 15 bytes of its name.
    public private(set) var processID: UInt32 = 0
    public private(set) var processName = ""

    static let headerByteCount = 4

    init(in payload: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case NFTablesProtocol.Generation.number: number = try attribute.bigEndian32(in: payload)
            case NFTablesProtocol.Generation.processID: processID = try attribute.bigEndian32(in: payload)
            case NFTablesProtocol.Generation.processName: processName = try attribute.string(in: payload)
            default: continue
            }
        }
    }
}

extension AttributeCursor.Found {
    /// A number in network order.
    func bigEndian32(in bytes: RawSpan) throws(MalformedMessage) -> UInt32 {
        try require(4)
        return try bytes.bigEndian32(at: value.lowerBound)
    }
}
