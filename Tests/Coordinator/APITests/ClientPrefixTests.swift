import Model
import Testing

@testable import API

struct ClientPrefixTests {
    private static func find(_ peer: String, _ forwarded: [String]) throws -> ClientPrefix {
        ClientPrefix.find(
            peer: try #require(IPAddress(peer)),
            forwarded: forwarded,
            trusted: ["127.0.0.0/8", "10.0.0.0/8"].compactMap { IPPrefix($0) }
        )
    }

    private static func prefix(_ address: String) throws -> ClientPrefix {
        ClientPrefix(try #require(IPAddress(address)))
    }

    @Test func `what a client writes into X-Forwarded-For itself is not believed`() throws {
        #expect(try Self.find("198.51.100.1", ["192.0.2.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1, 198.51.100.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1", "198.51.100.1, 10.1.1.1"]) == Self.prefix("198.51.100.1"))
        #expect(try Self.find("127.0.0.1", ["192.0.2.1, nonsense"]) == Self.prefix("127.0.0.1"))
        #expect(try Self.find("127.0.0.1", []) == Self.prefix("127.0.0.1"))
        #expect(try Self.find("127.0.0.1", ["::ffff:198.51.100.1, ::ffff:10.1.1.1"]) == Self.prefix("198.51.100.1"))
    }

    @Test func `an IPv6 customer is his whole network, and nobody's address is printed`() throws {
        #expect(try Self.prefix("2001:db8:1:2::1") == Self.prefix("2001:db8:1:2:ffff::9"))
        #expect(try Self.prefix("2001:db8:1:2::1") != Self.prefix("2001:db8:1:3::1"))
        #expect(try "\(Self.prefix("192.0.2.1"))" == "<redacted>")
    }
}
