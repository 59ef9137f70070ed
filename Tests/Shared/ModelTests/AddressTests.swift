import Model
import Testing

struct AddressTests {
    @Test(arguments: [
        ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
        ("1::", "1::"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"), ("10.64.0.1", "10.64.0.1"), ("255.255.255.255", "255.255.255.255"),
    ])
    func `an address is written in its canonical form`(text: String, canonical: String) throws {
        #expect(try #require(IPAddress(text)).description == canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ", ":::", "1::2::3", "12345::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "fe80::1%eth0", "::1.2.3", ":1", "1:", "g::",
    ])
    func `text that is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `bytes and text of an address agree`() throws {
        let address = try #require(IPv6Address("fd68:6f6c:6466::a"))
        #expect(IPv6Address(bytes: address.bytes) == address)
        #expect(address.bytes.first == 0xfd && address.bytes.last == 10)
    }

    @Test(arguments: [
        ("10.64.3.7/10", "10.64.0.0/10"), ("10.64.3.7/32", "10.64.3.7/32"), ("10.64.3.7/0", "0.0.0.0/0"),
        ("fd00::ffff/120", "fd00::ff00/120"), ("fd00::1/128", "fd00::1/128"),
    ])
    func `masking clears what lies beyond the length`(text: String, masked: String) throws {
        #expect(try #require(IPPrefix(text)).masked.description == masked)
    }

    @Test(arguments: [
        "10.0.0.1", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/", "::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/+8",
    ])
    func `text that is no prefix is refused`(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: [
        ("exit1.example.net:51820", "exit1.example.net:51820"), ("[2001:DB8::1]:443", "[2001:db8::1]:443"),
        ("192.0.2.1:1", "192.0.2.1:1"),
    ])
    func `a host and its port read back`(text: String, canonical: String) throws {
        #expect(try #require(HostPort(text)).description == canonical)
    }

    @Test(arguments: [
        "host", "host:0", "host:65536", "host:", ":1", "2001:db8::1:443", "[::1:443", "a b:1", "-a:1", "host:+1",
    ])
    func `text that is no host and port is refused`(text: String) {
        #expect(HostPort(text) == nil)
    }
}
