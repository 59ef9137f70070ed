import Model
import Testing

@Suite struct AddressScopeTests {
    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.3.1", "223.255.255.254", "2a00::1",
        "2606:4700::1111",
    ])
    func `an address of the internet is global`(text: String) throws {
        #expect(try #require(IPAddress(text)).isGlobal)
    }

    @Test(
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "172.31.255.255",
            "192.168.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1",
            "::ffff:8.8.8.8", "64:ff9b::1", "fe80::1", "fd00::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
        ]
    )
    func `an address that is kept for another use is not`(text: String) throws {
        #expect(try !#require(IPAddress(text)).isGlobal)
    }

    @Test func `a network is 24 bits of IPv4 and 48 of IPv6`() throws {
        #expect(try #require(IPAddress("1.2.3.4")).network == IPPrefix("1.2.3.0/24"))
        #expect(try #require(IPAddress("2a00:1:2:3::4")).network == IPPrefix("2a00:1:2::/48"))
        #expect(try #require(IPAddress("2a00:1:2:3::4")).host == IPPrefix("2a00:1:2:3::/64"))
    }
}
