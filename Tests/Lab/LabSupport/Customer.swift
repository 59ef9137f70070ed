import Cryptography
import Model

/// Somebody who bought a subscription, with the token that the app holds.
public struct Customer: Sendable {
    public let token: String
    public let api: APIClient

    public init(token: String, api: APIClient) {
        self.token = token
        self.api = api
    }

    /// The whole way from order to token: the app's order, Stripe's events, the app's claim.
    public static func subscribe(_ api: APIClient, tier: CoordinatorConfiguration.Tier) throws -> Customer {
        let order = try Order(api: api, tier: tier)
        try order.pay()
        return try order.claim()
    }

    public struct Order: Sendable {
        public let api: APIClient
        public let reference: String
        public let purchase: StripePurchase
        private let claimSecret: [UInt8]
        /// As the app sends it.
        public var claimText: String { Hexadecimal.encode(claimSecret) }

        /// The app makes a secret, and sends only its hash.
        public init(api: APIClient, tier: CoordinatorConfiguration.Tier) throws {
            self.api = api
            claimSecret = RandomBytes.make(32)
            purchase = StripePurchase(tier: tier)
            let hash = Hexadecimal.encode(SHA256.hash(claimSecret))
            let answer = try api.post("/v1/orders", ["claim_hash": hash, "tier": tier.rawValue]).expect(201)
            reference = try answer.string("client_reference_id")
        }

        public func events() throws -> [StripeEvent] {
            [
                try .checkoutCompleted(order: reference, purchase: purchase),
                try .subscriptionCreated(purchase),
                try .invoicePaid(purchase),
            ]
        }

        public func pay() throws {
            for event in try events() { try api.deliver(event).expect(200) }
        }

        /// The webhook's answer says that the event is stored; its effect comes a moment later.
        public func claim(
            within limit: Duration = .seconds(20),
            pause: Duration = .milliseconds(10)
        ) throws -> Customer {
            var token = ""
            try wait(for: "the payment to be booked", within: limit, pause: pause) {
                let body = ["claim_secret": claimText]
                let answer = try api.post("/v1/subscription-tokens", body).expect(201, 404, 409)
                if answer.status == 201 { token = try answer.string("token") }
                return answer.status == 201
            }
            return Customer(token: token, api: api)
        }
    }

    /// - Returns: the peer, acknowledged by its node.
    public func makePeer(region: String, keys: WireGuardKeyPair = .generate()) throws -> ProvisionedPeer {
        let connection = try api.connect()
        let clock = ContinuousClock()
        let start = clock.now
        let answer = try connection.createPeer(publicKey: keys.publicKey.base64, region: region, token: token)
        let elapsed = clock.now - start
        try answer.expect(201)
        return ProvisionedPeer(id: try answer.string("id"), keys: keys, elapsed: elapsed)
    }

    /// The wg-quick text, without the private key.
    public func configuration(of peer: ProvisionedPeer) throws -> String {
        try api.get("/v1/peers/\(peer.id)/config", token: token).expect(200).text
    }

    /// Waits, as an app does, until the coordinator names another server for the peer.
    public func waitForAnotherServer(of peer: ProvisionedPeer) throws {
        let connection = try api.connect()
        var headers = ["Authorization": "Bearer \(token)"]
        func endpoint(_ path: String) throws -> String? {
            let answer = try connection.send("GET", path, headers: headers).expect(200, 304)
            headers["If-None-Match"] = answer.headers["etag"]
            return answer.status == 304 ? nil : try answer.json()["server"].map { "\($0)" }
        }
        let path = "/v1/peers/\(peer.id)"
        let before = try endpoint(path)
        // Its state may change first.
        try wait(for: "another server", within: .seconds(60)) {
            try endpoint("\(path)?wait=30").map { $0 != before } ?? false
        }
    }

    /// - Returns: the state by public key of every peer.
    public func peerStates() throws -> [String: String] {
        let peers = try api.get("/v1/peers", token: token).expect(200).json()["peers"] as? [[String: Any]] ?? []
        let pairs = peers.compactMap { peer -> (String, String)? in
            guard let key = peer["public_key"] as? String, let state = peer["state"] as? String else { return nil }
            return (key, state)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
