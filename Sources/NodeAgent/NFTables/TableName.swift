/// A table of nf_tables, as nft names it: `inet filter`.
public struct TableName: Hashable, Sendable, CustomStringConvertible {
    /// The families whose tables see what a host forwards between networks.
    public enum Family: UInt8, Hashable, Sendable {
        case inet = 1
        case ipv4 = 2
        case ipv6 = 10

        var text: String {
            switch self {
            case .inet: "inet"
            case .ipv4: "ip"
            case .ipv6: "ip6"
            }
        }
    }

    public let family: Family
    public let name: String

    public init(_ family: Family, _ name: String) {
        self.family = family
        self.name = name
    }

    public var description: String { "\(family.text) \(name)" }
}
