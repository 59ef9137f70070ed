/// A node's revision: every change to its assignments takes the next one. Zero is a node with no history.
public struct Revision: Hashable, Sendable, Comparable {
    public let number: UInt64

    public static let zero = Revision(0)

    public init(_ number: UInt64) {
        self.number = number
    }

    public var next: Revision { Revision(number + 1) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension Revision: CustomStringConvertible {
    public var description: String { String(number) }
}
