/// Whether the disk of the peer table has room, without changing its mind at each byte.
public struct DiskFloor: Hashable, Sendable {
    public let floor_bytes: UInt64
    public private(set) var isShort = false

    public init(floor_bytes: UInt64) {
        self.floor_bytes = floor_bytes
    }

    /// Short below the floor, and until a quarter more than that is free. A floor of zero is never reached.
    public mutating func note(free_bytes: UInt64) {
        let limit = isShort ? floor_bytes + floor_bytes / 4 : floor_bytes
        isShort = free_bytes < limit
    }
}
