import Netlink
import Testing

@testable import NFTables

struct ForwardRulesTests {
    private func rules(_ messages: [UInt8]...) throws -> ForwardRules {
        var rules = ForwardRules(interface: "holdfast0")
        for message in messages { try rules.add(message.span.bytes) }
        return rules
    }

    @Test func `a chain that ends by refusing all is closed`() throws {
        #expect(try rules(Fixture.rule(Fixture.dropVerdict)).closedChains == ["forward"])
        #expect(try rules(Fixture.rule(Fixture.counter(3), Fixture.expression("reject"))).closedChains == ["forward"])
        #expect(
            try rules(Fixture.rule(Fixture.ifname("eth1"), Fixture.acceptVerdict), Fixture.rule(Fixture.dropVerdict))
                .closedChains == ["forward"]
        )
    }

    @Test func `a chain that refuses some, or goes on after refusing, is not`() throws {
        #expect(try rules(Fixture.rule(Fixture.ifname("eth1"), Fixture.dropVerdict)).closedChains.isEmpty)
        #expect(try rules(Fixture.rule(Fixture.acceptVerdict)).closedChains.isEmpty)
        #expect(try rules(Fixture.rule(Fixture.dropVerdict), Fixture.rule(Fixture.counter(1))).closedChains.isEmpty)
        #expect(try rules().closedChains.isEmpty)
    }

    @Test func `a table that names the interface anywhere was made with it in mind`() throws {
        #expect(try rules(Fixture.rule(in: "other", Fixture.ifname("holdfast0"), Fixture.acceptVerdict)).namesInterface)
        #expect(try !rules(Fixture.rule(Fixture.ifname("eth0"), Fixture.acceptVerdict)).namesInterface)
        var rules = try rules()
        try rules.addElements(Fixture.payload(Fixture.text(2, "lan"), Fixture.text(1, "holdfast0")).span.bytes)
        #expect(rules.namesInterface)
    }
}
