import Netlink
import Testing

@testable import NFTables

struct TableImageTests {
    /// `NFT_MSG_NEWCHAIN` of `chain forward { type filter hook forward priority filter; policy accept; }` in the table
    /// `t` of the inet family, byte by byte.
    private static let chain: [UInt8] = [
        0x01, 0x00, 0x00, 0x00,  // nfgenmsg: family inet, version, resource
        0x06, 0x00, 0x01, 0x00, 0x74, 0x00, 0x00, 0x00,  // NFTA_CHAIN_TABLE "t"
        0x0c, 0x00, 0x02, 0x00, 0, 0, 0, 0, 0, 0, 0, 1,  // NFTA_CHAIN_HANDLE 1
        0x0c, 0x00, 0x03, 0x00, 0x66, 0x6f, 0x72, 0x77, 0x61, 0x72, 0x64, 0x00,  // NFTA_CHAIN_NAME "forward"
        0x14, 0x00, 0x04, 0x80,  // NFTA_CHAIN_HOOK, nested
        0x08, 0x00, 0x01, 0x00, 0, 0, 0, 2,  // NFTA_HOOK_HOOKNUM NF_INET_FORWARD
        0x08, 0x00, 0x02, 0x00, 0, 0, 0, 0,  // NFTA_HOOK_PRIORITY 0
        0x08, 0x00, 0x05, 0x00, 0, 0, 0, 1,  // NFTA_CHAIN_POLICY NF_ACCEPT
        0x0b, 0x00, 0x07, 0x00, 0x66, 0x69, 0x6c, 0x74, 0x65, 0x72, 0x00, 0x00,  // NFTA_CHAIN_TYPE "filter"
        0x08, 0x00, 0x06, 0x00, 0, 0, 0, 2,  // NFTA_CHAIN_USE 2
    ]

    private func image(_ fill: (inout TableImage) throws -> Void) rethrows -> TableImage {
        var image = TableImage()
        try fill(&image)
        return image
    }

    @Test func `a chain is read as the forward chain that it is, and its policy counts`() throws {
        let chain = try #require(try ForwardChain.read(Self.chain.span.bytes))
        #expect(chain == ForwardChain(table: TableName(.inet, "t"), name: "forward", dropsByPolicy: false))
        var dropping = Self.chain
        // The policy's last byte.
        dropping[dropping.count - 21] = 0
        #expect(try ForwardChain.read(dropping.span.bytes)?.dropsByPolicy == true)
        let images = try [Self.chain, dropping].map { bytes in try image { try $0.addChain(bytes.span.bytes) } }
        #expect(images[0] != images[1])
        var used = Self.chain
        used[used.count - 1] = 9
        #expect(try image { try $0.addChain(used.span.bytes) } == images[0])
    }

    @Test func `counters and handles do not change an image, anything else of a rule does`() throws {
        func ruled(_ bytes: [UInt8]) throws -> TableImage { try image { try $0.addRule(bytes.span.bytes) } }
        let first = try ruled(Fixture.rule(Fixture.ifname("holdfast0"), Fixture.counter(1), Fixture.dropVerdict))
        let later = try ruled(
            Fixture.rule(handle: 77, Fixture.ifname("holdfast0"), Fixture.counter(200), Fixture.dropVerdict)
        )
        #expect(first == later)
        for other in [
            Fixture.rule(Fixture.ifname("holdfast1"), Fixture.counter(1), Fixture.dropVerdict),
            Fixture.rule(Fixture.ifname("holdfast0"), Fixture.dropVerdict),
            Fixture.rule(Fixture.ifname("holdfast0"), Fixture.counter(1), Fixture.acceptVerdict),
            Fixture.rule(in: "input", Fixture.ifname("holdfast0"), Fixture.counter(1), Fixture.dropVerdict),
        ] {
            #expect(try ruled(other) != first)
        }
    }

    @Test func `the order of rules counts, the order of a set's elements does not`() throws {
        let rules = [Fixture.rule(Fixture.dropVerdict), Fixture.rule(Fixture.acceptVerdict)]
        let there = try image { image in for rule in rules { try image.addRule(rule.span.bytes) } }
        let back = try image { image in for rule in rules.reversed() { try image.addRule(rule.span.bytes) } }
        #expect(there != back)
        func element(_ byte: UInt8) -> [UInt8] {
            Fixture.nested(1, Fixture.nested(1, Fixture.attribute(1, [10, byte, 0, 0])), Fixture.number(3, 0))
        }
        func elements(_ list: [UInt8]...) throws -> TableImage {
            try image { image in
                for element in list {
                    let payload = Fixture.payload(
                        Fixture.text(1, "t"),
                        Fixture.text(2, "s"),
                        Fixture.nested(3, element)
                    )
                    try image.addElements(of: "s", payload.span.bytes)
                }
            }
        }
        #expect(try elements(element(1), element(2)) == elements(element(2), element(1)))
        #expect(try elements(element(1)) != elements(element(1), element(2)))
    }

    @Test func `a set that packets fill is in the image without its elements`() throws {
        func set(flags: UInt32) -> [UInt8] { Fixture.payload(Fixture.text(2, "s"), Fixture.number(3, flags)) }
        var names: [String?] = []
        for flags: UInt32 in [0, 4, 0x10, 0x20] {
            _ = try image { image in names.append(try image.addSet(set(flags: flags).span.bytes)) }
        }
        #expect(names == ["s", "s", nil, nil])
    }

    @Test func `a generation tells who made it in one printable line`() throws {
        let payload = Fixture.payload(
            family: 0,
            Fixture.number(1, 42),
            Fixture.number(2, 1234),
            Fixture.text(3, "fire\u{1b}walld")
        )
        let generation = try Generation(in: payload.span.bytes)
        #expect(generation.number == 42 && generation.author == "fire?walld (process 1234)")
    }

    @Test func `cut anywhere, a message is refused or read, and never more`() {
        let rule = Fixture.rule(Fixture.ifname("holdfast0"), Fixture.counter(1), Fixture.dropVerdict)
        for message in [Self.chain, rule] {
            for count in message.indices {
                let bytes = Array(message[..<count]).span.bytes
                _ = try? ForwardChain.read(bytes)
                _ = try? Generation(in: bytes)
                var rules = ForwardRules(interface: "holdfast0")
                try? rules.add(bytes)
                var image = TableImage()
                try? image.addChain(bytes)
                try? image.addRule(bytes)
                try? image.addElements(of: "s", bytes)
            }
        }
    }
}
