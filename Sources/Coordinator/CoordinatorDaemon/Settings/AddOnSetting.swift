import Billing
import DaemonRuntime

/// One `[[add_ons]]` table.
struct AddOnSetting: Hashable, Sendable {
    let addOn: AddOn

    init(_ row: inout SettingsRow) throws(SettingsError) {
        let tiers = try row.read("tiers", .list(of: .tierName), default: [])
        let products: [PaymentProvider: Set<String>] = [
            .stripe: Set(try row.read("stripe_prices", .list(of: .productID), default: [])),
            .apple: Set(try row.read("apple_products", .list(of: .productID), default: [])),
            .google: Set(try row.read("google_products", .list(of: .productID), default: [])),
        ]
        guard products.values.contains(where: { !$0.isEmpty }) else {
            throw row.wrong("stripe_prices", expected: "a list with a product, here or in apple_ or google_products")
        }
        addOn = AddOn(
            tiers: Set(tiers),
            products: products,
            peers: try row.read("peers", .integer(in: 0...1000), default: 0),
            bucket: try TierSetting.bucket(&row)
        )
        guard addOn.peers > 0 || addOn.bucket != nil else {
            throw row.wrong("peers", expected: "at least 1 where buckets is 0: an add-on adds something")
        }
    }
}
