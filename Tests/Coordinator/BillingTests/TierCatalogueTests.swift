import Billing
import Model
import Testing

@Suite struct TierCatalogueTests {
    @Test func `each product stands for its tier`() throws {
        let catalogue = try TierCatalogue([basic, plus])
        #expect(catalogue.tier(of: ["price_a"], at: .stripe) == .success(basic.name))
        #expect(catalogue.tier(of: ["price_b", "price_a"], at: .stripe) == .success(basic.name))
        #expect(catalogue.tier(of: ["price_c"], at: .stripe) == .success(plus.name))
        #expect(catalogue[plus.name]?.peerLimit == 20)
    }

    @Test func `what is unknown or ambiguous is never given a tier`() throws {
        let catalogue = try TierCatalogue([basic, plus])
        #expect(catalogue.tier(of: [], at: .stripe) == .failure(.none))
        #expect(catalogue.tier(of: ["price_x"], at: .stripe) == .failure(.unknown("price_x")))
        #expect(catalogue.tier(of: ["price_a", "price_x"], at: .stripe) == .failure(.unknown("price_x")))
        let both = Result<TierName, ProductProblem>.failure(.ambiguous([basic.name, plus.name]))
        #expect(catalogue.tier(of: ["price_a", "price_c"], at: .stripe) == both)
        #expect(catalogue.tier(of: ["price_a"], at: .apple) == .failure(.unknown("price_a")), "another store's product")
    }

    @Test func `a product of two tiers is refused when the catalogue is made`() {
        let twin = Tier(name: TierName("twin")!, peerLimit: 1, products: [.stripe: ["price_a"]])
        #expect(throws: CatalogueProblem.productTwice("price_a", basic.name, twin.name)) {
            try TierCatalogue([basic, twin])
        }
        #expect(throws: CatalogueProblem.tierTwice(basic.name)) { try TierCatalogue([basic, basic]) }
        let empty = Tier(name: TierName("empty")!, peerLimit: 0)
        #expect(throws: CatalogueProblem.noPeers(empty.name)) { try TierCatalogue([empty]) }
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

    private let basic = Tier(name: TierName("basic")!, peerLimit: 5, products: [.stripe: ["price_a", "price_b"]])
    private let plus = Tier(name: TierName("plus")!, peerLimit: 20, products: [.stripe: ["price_c"]])
}
