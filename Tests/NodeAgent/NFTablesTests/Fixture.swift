@testable import NFTables

/// Messages as the kernel sends them, without netlink's own header: `struct nfgenmsg`, then attributes.
enum Fixture {
    static func payload(family: UInt8 = 1, _ attributes: [UInt8]...) -> [UInt8] {
        [family, 0, 0, 0] + attributes.joined()
    }

    static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        let length = value.count + 4
        return [UInt8(length & 255), UInt8(length >> 8), UInt8(type & 255), UInt8(type >> 8)] + value
            + [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    }

    static func text(_ type: UInt16, _ text: String) -> [UInt8] { attribute(type, Array(text.utf8) + [0]) }
    static func number(_ type: UInt16, _ number: UInt32) -> [UInt8] {
        attribute(type, [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
    }
    static func nested(_ type: UInt16, _ attributes: [UInt8]...) -> [UInt8] {
        attribute(type | 0x8000, Array(attributes.joined()))
    }

    static func expression(_ name: String, _ data: [UInt8] = []) -> [UInt8] {
        nested(1, text(1, name), nested(2, data))
    }

    /// `NFT_MSG_NEWRULE`
    static func rule(in chain: String = "forward", handle: UInt32 = 4, _ expressions: [UInt8]...) -> [UInt8] {
        payload(
            text(1, "t"),
            text(2, chain),
            attribute(3, [0, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: handle >> $0) }),
            nested(4, Array(expressions.joined()))
        )
    }

    static let dropVerdict = expression("immediate", number(1, 0) + nested(2, nested(2, number(1, 0))))
    static let acceptVerdict = expression("immediate", number(1, 0) + nested(2, nested(2, number(1, 1))))
    static func counter(_ packets: UInt8) -> [UInt8] {
        expression("counter", attribute(1, [0, 0, 0, 0, 0, 0, 0, packets]) + attribute(2, [0, 0, 0, 0, 0, 0, 1, 2]))
    }
    static func ifname(_ name: String) -> [UInt8] {
        let padded = Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
        return expression("meta", number(2, 6) + number(1, 1))
            + expression("cmp", number(1, 1) + number(2, 0) + nested(3, attribute(1, padded)))
    }
}
