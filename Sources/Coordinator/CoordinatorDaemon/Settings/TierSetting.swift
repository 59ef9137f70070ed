import Billing
import DaemonRuntime
import Model

/// One `[[tiers]]` table.
struct TierSetting: Hashable, Sendable {
    let name: TierName
    let peers: Int
    let stripePrices: [String]
    let appleProducts: [String]
    let googleProducts: [String]
    let regions: [RegionName]

    init(_ row: inout SettingsRow) throws(SettingsError) {
        name = try row.read(
            "name",
            .text(
                "a name of 1 to 32 letters a-z, digits, - and _, starting with a letter",
                parse: { TierName($0) },
                render: { $0.text }
            )
        )
        peers = try row.read("peers", .integer(in: 1...1000))
        stripePrices = try row.read("stripe_prices", .list(of: .string), default: [])
        appleProducts = try row.read("apple_products", .list(of: .string), default: [])
        googleProducts = try row.read("google_products", .list(of: .string), default: [])
        regions = try row.read(
            "regions",
            .list(
                of: .text(
                    "a region's name, such as fra1",
                    parse: { RegionName($0) },
                    render: { $0.text }
                )
            ),
            default: []
        )
    }

    var tier: Tier {
        Tier(
            name: name,
            peerLimit: peers,
            regions: Set(regions),
            products: [
                .stripe: Set(stripePrices), .apple: Set(appleProducts), .google: Set(googleProducts),
            ]
        )
    }
}
