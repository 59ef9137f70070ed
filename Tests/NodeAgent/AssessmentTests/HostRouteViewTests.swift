import Assessment
import Model
import Testing

struct HostRouteViewTests {
    private static let tunnel: UInt32 = 9
    private static let addresses = [IPPrefix("10.64.0.1/10")!, IPPrefix("fd68::1/64")!]

    /// - Parameter routes: `DESTINATION INTERFACE`, or a destination that leads to none.
    private func view(_ routes: String..., tunnel: UInt32? = tunnel, addresses: [IPPrefix] = addresses) -> HostRouteView
    {
        let parsed = routes.map { text in
            let parts = text.split(separator: " ")
            return HostRouteView.Route(
                destination: IPPrefix(parts[0])!,
                interfaceIndex: parts.count > 1 ? UInt32(parts[1]) : nil
            )
        }
        return HostRouteView(parsed, tunnel: tunnel, addresses: addresses)
    }

    @Test func `an ordinary host is as it should be`() {
        let view = view("0.0.0.0/0 2", "192.0.2.0/24 2", "10.64.0.0/10 9", "fd68::/64 9", "fe80::/64 2", "::/0 2")
        #expect(view.missing.isEmpty && view.collisions.isEmpty && view.narrowed.isEmpty)
        #expect(view.hasIPv6Internet)
    }

    @Test func `a route of the tunnel that is gone, or leads elsewhere, is missing`() {
        #expect(view("fd68::/64 9").missing == [IPPrefix("10.64.0.0/10")!])
        let stolen = view("10.64.0.0/10 2", "fd68::/64 9")
        #expect(stolen.missing == [IPPrefix("10.64.0.0/10")!])
        #expect(stolen.collisions.map(\.route) == [IPPrefix("10.64.0.0/10")!])
        // Before there is an interface, nothing can be missing.
        #expect(view(tunnel: nil).missing.isEmpty)
    }

    @Test(arguments: [
        "10.90.0.0/16 2", "10.96.0.0/12 3", "10.64.0.0/10 2", "10.90.0.0/16", "fd68::/65 2", "10.64.0.9/32 2",
    ])
    func `a route past the tunnel into the pool collides`(route: String) {
        let view = view("10.64.0.0/10 9", "fd68::/64 9", route)
        #expect(view.collisions.map(\.route.description) == [String(route.split(separator: " ")[0])])
    }

    @Test(arguments: ["10.90.0.0/16 9", "10.0.0.0/11 2", "0.0.0.0/0 2", "0.0.0.0/1 2", "fd69::/64 2", "10.128.0.0/9 2"])
    func `what lies outside the pool, or leads into the tunnel, does not collide`(route: String) {
        let view = view("10.64.0.0/10 9", "fd68::/64 9", route)
        #expect(view.collisions.isEmpty && view.narrowed.isEmpty)
    }

    @Test func `a wider network of the host is narrowed and no collision`() {
        let view = view("10.64.0.0/10 9", "fd68::/64 9", "10.0.0.0/8 2")
        #expect(view.collisions.isEmpty)
        #expect(view.narrowed == [.init(route: IPPrefix("10.0.0.0/8")!, pool: IPPrefix("10.64.0.0/10")!)])
    }

    @Test func `link-local and private networks are not the IPv6 internet`() {
        #expect(!view("fe80::/64 2", "fd00::/8 2", "fd68::/64 9", "0.0.0.0/0 2").hasIPv6Internet)
        #expect(!view("2a00::/16 9").hasIPv6Internet)
        #expect(!view("::/0").hasIPv6Internet)
        #expect(view("2a00:1:2:3::/64 2").hasIPv6Internet)
    }

    @Test func `an address that is its own network has no route`() {
        #expect(view(addresses: [IPPrefix("10.64.0.1/32")!, IPPrefix("fd68::1/128")!]).missing.isEmpty)
    }
}
