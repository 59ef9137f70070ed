import Model
import Netlink
import Testing

@testable import WireGuardDevice

struct RouteCodecTests {
    /// `RTM_NEWROUTE` of `10.64.0.0/10 dev holdfast0 proto kernel scope link src 10.64.0.1`, as Linux sends it.
    private static let connected: [UInt8] = [
        2, 10, 0, 0, 254, 2, 253, 1,  // rtmsg: AF_INET, /10, table main, RTPROT_KERNEL, RT_SCOPE_LINK, RTN_UNICAST
        0, 0, 0, 0,  // flags
        8, 0, 15, 0, 254, 0, 0, 0,  // RTA_TABLE main
        8, 0, 1, 0, 10, 64, 0, 0,  // RTA_DST
        8, 0, 7, 0, 10, 64, 0, 1,  // RTA_PREFSRC
        8, 0, 4, 0, 9, 0, 0, 0,  // RTA_OIF 9
    ]

    private func route(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> RouteMessage? {
        var bytes = Self.connected
        change(&bytes)
        return try RouteMessage(in: bytes.span.bytes)
    }

    @Test func `a connected route is read, and a default is one without a destination`() throws {
        let connected = try #require(try route())
        #expect(connected.destination == IPPrefix("10.64.0.0/10")! && connected.interfaceIndex == 9)
        #expect(connected.table == 254 && connected.isOrdinary)
        let standard = try #require(
            try route { bytes in
                bytes[1] = 0
                // RTA_DST becomes an attribute that nobody reads.
                bytes[22] = 99
            }
        )
        #expect(standard.destination == IPPrefix("0.0.0.0/0")!)
    }

    @Test func `a table beyond 255 is told by its attribute, and a local address is no ordinary route`() throws {
        #expect(try route { $0[17] = 4 }?.table == 1278)
        #expect(try route { $0[7] = 2 }?.isOrdinary == false)
        #expect(try route { $0[7] = 7 }?.isOrdinary == true)
        // RTM_F_CLONED
        #expect(try route { $0[9] = 2 }?.isOrdinary == false)
        #expect(try route { $0[0] = 28 } == nil)
    }

    @Test func `a length or an address that cannot be is refused`() {
        #expect(throws: MalformedMessage.self) { try route { $0[1] = 33 } }
        #expect(throws: MalformedMessage.self) { try route { $0[0] = 10 } }
        for count in Self.connected.indices {
            _ = try? RouteMessage(in: Array(Self.connected[..<count]).span.bytes)
        }
    }

    @Test func `the route that is put back is the kernel's own for the address`() throws {
        let four = try RouteMessage.addConnected(IPPrefix("10.64.0.1/10")!, index: 9)
        #expect(
            Array(four.bytes.dropFirst(16)) == [
                2, 10, 0, 0, 254, 2, 253, 1, 0, 0, 0, 0,  // rtmsg, as above
                8, 0, 1, 0, 10, 64, 0, 0,  // RTA_DST
                8, 0, 4, 0, 9, 0, 0, 0,  // RTA_OIF
                8, 0, 7, 0, 10, 64, 0, 1,  // RTA_PREFSRC
            ]
        )
        let six = try RouteMessage.addConnected(IPPrefix("fd68::1/64")!, index: 9)
        #expect(
            Array(six.bytes.dropFirst(16)) == [
                10, 64, 0, 0, 254, 2, 0, 1, 0, 0, 0, 0,  // rtmsg: AF_INET6, /64, RT_SCOPE_UNIVERSE
                20, 0, 1, 0, 0xfd, 0x68, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // RTA_DST
                8, 0, 4, 0, 9, 0, 0, 0,  // RTA_OIF
                8, 0, 6, 0, 0, 1, 0, 0,  // RTA_PRIORITY 256
            ]
        )
    }

    @Test func `only what concerns the interface and its networks is an event`() throws {
        var scope = LinkScope(name: InterfaceName("holdfast0")!)
        scope.index = 9
        scope.networks = [IPPrefix("10.64.0.0/10")!]
        func event(_ type: UInt16, _ bytes: [UInt8]) throws -> LinkEvent? {
            var scope = scope
            return try scope.event(type, bytes.span.bytes)
        }
        #expect(try event(25, Self.connected) == .routed)
        var other = Self.connected
        // Another interface, a network within the pool.
        other[40] = 3
        other[1] = 16
        #expect(try event(24, other) == .routed)
        // Outside of it.
        other[25] = 200
        #expect(try event(24, other) == nil)
        // The default route is not within the pool.
        var standard = other
        standard[1] = 0
        #expect(try event(25, standard) == nil)
        // `struct ifaddrmsg` of interfaces 9 and 3.
        #expect(try event(21, [2, 10, 0, 0, 9, 0, 0, 0]) == .changed)
        #expect(try event(21, [2, 10, 0, 0, 3, 0, 0, 0]) == nil)
        // RTM_NEWNETCONF
        #expect(try event(80, [2]) == .configured)
        #expect(try event(28, []) == nil)
    }
}
