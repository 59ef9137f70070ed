/// A network interface's name, by the kernel's rules (`dev_valid_name`): 1 to 15 bytes, no slash, colon or space.
public struct InterfaceName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init?(_ text: String) {
        guard (1...15).contains(text.utf8.count), text != ".", text != "..",
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 47 && $0 != 58 })
        else { return nil }
        description = text
    }
}
