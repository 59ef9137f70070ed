import Billing
import Model
import SeededRandom
import Testing

/// What a set of products comes to.
@Suite struct TierCatalogueTests {
    @Test func `each product stands for its tier`() throws {
        let catalogue = try TierCatalogue([basic, plus])
        #expect(catalogue.grant(of: ["price_a"], at: .stripe).tier == basic.name)
        #expect(catalogue.grant(of: ["price_b", "price_a"], at: .stripe).tier == basic.name)
        #expect(catalogue.grant(of: ["price_c"], at: .stripe).tier == plus.name)
        #expect(catalogue[plus.name]?.peerLimit == 20)
    }

    /// What was bought, in which the settings name everything but `price_x`.
    struct Case: Sendable {
        let products: [String]
        var tier: String?
        var extraPeers = 0
        var problems: [ProductProblem] = []
        var servesNothing = false
    }

    private static let (basicName, plusName) = (TierName("basic")!, TierName("plus")!)
    private static let cases = [
        Case(products: [], problems: [.none]),
        Case(products: ["price_x"], problems: [.unknown("price_x")]),
        Case(products: ["price_a", "price_x"], tier: "basic", problems: [.unknown("price_x")]),
        Case(products: ["price_a", "price_ip"], tier: "basic"),
        Case(products: ["price_ip"], servesNothing: true),
        Case(products: ["price_ip", "price_x"], problems: [.unknown("price_x")]),
        Case(products: ["price_a", "price_support"], tier: "basic"),
        Case(products: ["price_c", "price_support"], tier: "plus", problems: [.unknown("price_support")]),
        Case(products: ["price_a", "price_devices"], tier: "basic", extraPeers: 5),
        Case(products: ["price_a", "price_devices", "price_devices"], tier: "basic", extraPeers: 10),
        Case(products: ["price_c", "price_devices"], tier: "plus", extraPeers: 50),
        Case(
            products: ["price_c", "price_basic_only"],
            tier: "plus",
            problems: [.addOnElsewhere("price_basic_only", plusName)]
        ),
        Case(products: ["price_devices"], problems: [.addOnAlone("price_devices")], servesNothing: true),
        Case(products: ["price_devices", "price_x"], problems: [.unknown("price_x"), .addOnAlone("price_devices")]),
        Case(products: ["price_a", "price_c"], tier: "plus"),
        Case(
            products: ["price_a", "price_c", "price_d"],
            problems: [.ambiguous([basicName, TierName("other")!, plusName])]
        ),
        Case(products: ["gold plan €5"], tier: "plus"),
    ]

    @Test(arguments: cases.indices)
    func `products come to a tier, additions and problems`(index: Int) throws {
        let (expected, catalogue) = (Self.cases[index], try wide())
        for products in [expected.products, expected.products.reversed()] {
            let grant = catalogue.grant(of: products, at: .stripe)
            #expect(grant.tier?.text == expected.tier)
            #expect(grant.extraPeers == expected.extraPeers)
            #expect(grant.problems == expected.problems)
            #expect(grant.servesNothing == expected.servesNothing)
            #expect(grant.products == expected.products.sorted())
        }
    }

    @Test func `another provider's product is unknown`() throws {
        #expect(try wide().grant(of: ["price_a"], at: .apple).problems == [.unknown("price_a")])
    }

    @Test func `without an order two tiers name none, and with one the largest`() throws {
        let unordered = try TierCatalogue([basic, plus])
        #expect(
            unordered.grant(of: ["price_a", "price_c"], at: .stripe).problems == [.ambiguous([basic.name, plus.name])]
        )
        let reversed = try TierCatalogue([basic, plus], order: [plus.name, basic.name])
        #expect(reversed.grant(of: ["price_a", "price_c"], at: .stripe).tier == basic.name)
    }

    @Test func `an add-on brings a bucket, and widens the tier's`() throws {
        let small = BucketTerms(objectByteCountMax: 100, presignLifetimeMax: .seconds(900))
        let large = BucketTerms(objectByteCountMax: 1000, presignLifetimeMax: .seconds(60))
        let stored = Tier(name: TierName("stored")!, peerLimit: 1, products: [.google: ["stored"]], bucket: small)
        let bare = Tier(name: TierName("bare")!, peerLimit: 1, products: [.google: ["bare"]])
        let catalogue = try TierCatalogue(
            [stored, bare],
            addOns: [AddOn(products: [.google: ["room"]], bucket: large)]
        )
        #expect(catalogue.grant(of: ["bare"], at: .google).bucket == nil)
        #expect(catalogue.grant(of: ["bare", "room"], at: .google).bucket == large)
        let both = catalogue.grant(of: ["stored", "room"], at: .google).bucket
        #expect(both == BucketTerms(objectByteCountMax: 1000, presignLifetimeMax: .seconds(900)))
        var entitlement = Entitlement(provider: .google, environment: .production, tier: bare.name)
        #expect(catalogue.bucket(of: entitlement) == nil)
        entitlement.products = ["bare", "room"]
        #expect(catalogue.bucket(of: entitlement) == large)
    }

    @Test func `settings that contradict themselves are refused when the catalogue is made`() {
        let twin = Tier(name: TierName("twin")!, peerLimit: 1, products: [.stripe: ["price_a"]])
        #expect(throws: CatalogueProblem.productTwice("price_a", basic.name, twin.name)) {
            try TierCatalogue([basic, twin])
        }
        #expect(throws: CatalogueProblem.tierTwice(basic.name)) { try TierCatalogue([basic, basic]) }
        let empty = Tier(name: TierName("empty")!, peerLimit: 0)
        #expect(throws: CatalogueProblem.noPeers(empty.name)) { try TierCatalogue([empty]) }
        #expect(throws: CatalogueProblem.productOfTwoKinds("price_a")) {
            try TierCatalogue([basic], ignored: ["price_a"])
        }
        #expect(throws: CatalogueProblem.productOfTwoKinds("price_a")) {
            try TierCatalogue([basic], addOns: [AddOn(products: [.stripe: ["price_a"]], peers: 1)])
        }
        #expect(throws: CatalogueProblem.addOnTwice("more")) {
            let more = AddOn(products: [.stripe: ["more"]], peers: 1)
            _ = try TierCatalogue([basic], addOns: [more, more])
        }
        #expect(throws: CatalogueProblem.unknownTier(plus.name, in: "products.tier_order")) {
            try TierCatalogue([basic], order: [basic.name, plus.name])
        }
        #expect(throws: CatalogueProblem.unknownTier(plus.name, in: "add_ons.tiers")) {
            try TierCatalogue([basic], addOns: [AddOn(tiers: [plus.name], products: [.stripe: ["more"]], peers: 1)])
        }
        #expect(throws: CatalogueProblem.orderTwice(basic.name)) {
            try TierCatalogue([basic], order: [basic.name, basic.name])
        }
    }

    /// An unknown product never takes away, and an order of products never matters.
    @Test func `whatever stands beside a tier's product, the tier is served`() throws {
        let catalogue = try wide()
        let others = ["price_x", "price_ip", "price_support", "price_devices", "price_basic_only", ""]
        var random = SplitMix64(seed: 19)
        for _ in 0..<2000 {
            let beside = others.filter { _ in Bool.random(using: &random) }
            let grant = catalogue.grant(of: (beside + ["price_c"]).shuffled(using: &random), at: .stripe)
            #expect(grant.tier == plus.name)
            #expect(!grant.servesNothing)
        }
    }

    @Test func `a problem is told when it comes up, once an hour, and again when it comes back`() {
        var memory = ProblemMemory()
        let (now, problems) = (
            Timestamp(seconds: 1_700_000_000), [(provider: PaymentProvider.stripe, problem: "no tier", count: 2)]
        )
        func due(_ seconds: Int, _ problems: [(provider: PaymentProvider, problem: String, count: Int)]) -> Int {
            memory.due(of: problems, now: now + .seconds(seconds)).count
        }
        #expect(due(0, problems) == 1)
        #expect(due(10, problems) == 0)
        #expect(due(3600, problems) == 1)
        #expect(due(3610, []) == 0)
        #expect(due(3620, problems) == 1)
    }

    @Test func `a tier without regions is for all of them`() {
        let local = Tier(name: TierName("local")!, peerLimit: 1, regions: [RegionName("fra1")!])
        #expect(basic.allows(RegionName("ams1")!))
        #expect(local.allows(RegionName("fra1")!))
        #expect(!local.allows(RegionName("ams1")!))
    }

    @Test(arguments: ["", "Basic", "1st", "a b", "ä", String(repeating: "a", count: 33)])
    func `what is no tier's name is refused`(text: String) {
        #expect(TierName(text) == nil)
    }

    private func wide() throws -> TierCatalogue {
        try TierCatalogue(
            [basic, plus, Tier(name: TierName("other")!, peerLimit: 1, products: [.stripe: ["price_d"]])],
            addOns: [
                AddOn(tiers: [basic.name], products: [.stripe: ["price_devices", "price_basic_only"]], peers: 5),
                AddOn(tiers: [plus.name], products: [.stripe: ["price_devices"]], peers: 50),
            ],
            ignored: ["price_ip"],
            order: [basic.name, plus.name]
        )
    }

    private let basic = Tier(
        name: TierName("basic")!,
        peerLimit: 5,
        products: [.stripe: ["price_a", "price_b"]],
        ignoredProducts: ["price_support"]
    )
    private let plus = Tier(name: TierName("plus")!, peerLimit: 20, products: [.stripe: ["price_c", "gold plan €5"]])
}
