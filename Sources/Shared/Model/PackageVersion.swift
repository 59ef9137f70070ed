/// A version of one of our Debian packages, which is the version that the program in it states.
///
/// The part of Debian's syntax (deb-version(7)) that needs no epoch: a digit, then letters, digits and `. + ~ -`, 64
/// characters at most. Whatever is one is harmless as an argument, in a file's name and in a line of a log.
public struct PackageVersion: Hashable, Sendable {
    public static let lengthMax = 64

    public let text: String

    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard (1...Self.lengthMax).contains(bytes.count), let first = bytes.first, Self.isDigit(first),
            bytes.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = String(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "~"), UInt8(ascii: "-"): true
        default: isDigit(byte)
        }
    }
}

extension PackageVersion: CustomStringConvertible {
    public var description: String { text }
}
