import LabSupport
import Testing

extension LabTests {
    @Suite struct Entitlements {
        /// What Stripe says of one customer's subscription, down to the kernel of the node.
        @Test(.timeLimit(.minutes(3)))
        func `a payment that fails takes the tunnel away, and a renewal brings it back as it was`() async throws {
            try await Site.with { site in
                let api = site.coordinator.api
                let order = try Customer.Order(api: api, tier: .basic)
                try order.pay()
                let customer = try order.claim()
                let peer = try customer.makePeer(region: Site.region)
                let client = try WireGuardClient(
                    host: try site.lab.makeClient(),
                    configuration: try customer.configuration(of: peer),
                    keys: peer.keys
                )
                try client.reach(LabAddresses.outsideIPv4)
                let other = try site.startPing()

                // Stripe's times are whole seconds, and of two reports of one second the later state counts.
                rest(.seconds(1.1))
                try api.deliver(try .subscriptionUpdated(order.purchase, status: "unpaid")).expect(200)
                try wait(for: "the peer to leave the kernel", within: .seconds(10)) {
                    try !site.kernelKeys().contains(peer.publicKey)
                }
                let states = try customer.peerStates()
                try require(states[peer.publicKey] == "frozen", "\(states)")
                try api.get("/v1/peers/\(peer.id)/config", token: customer.token).expect(409)

                rest(.seconds(1.1))
                try api.deliver(try .subscriptionUpdated(order.purchase, status: "active")).expect(200)
                try wait(for: "the peer to be back in the kernel", within: .seconds(10)) {
                    try site.kernelKeys().contains(peer.publicKey)
                }
                // With the configuration that the device has had all the time.
                try client.reach(LabAddresses.outsideIPv4)

                rest(.seconds(1.1))
                try api.deliver(try .chargeRefunded(order.purchase)).expect(200)
                // The refund may fail later: the peer keeps its place, and has no access.
                try wait(for: "the refunded peer to leave the kernel", within: .seconds(10)) {
                    let isInKernel = try site.kernelKeys().contains(peer.publicKey)
                    return try !isInKernel && customer.peerStates()[peer.publicKey] == "frozen"
                }
                try other.stopHavingLostNothing()
            }
        }
    }
}
