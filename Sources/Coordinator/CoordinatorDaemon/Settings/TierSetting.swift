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
    /// Of any provider: they give nothing beside this tier.
    let ignoredProducts: [String]
    let regions: [RegionName]
    /// Nil where the tier has none.
    let bucket: BucketTerms?
    /// 0 for any number.
    let requestsPerMinute: Int

    init(_ row: inout SettingsRow) throws(SettingsError) {
        name = try row.read("name", .tierName)
        peers = try row.read("peers", .integer(in: 1...1000))
        stripePrices = try row.read("stripe_prices", .list(of: .productID), default: [])
        appleProducts = try row.read("apple_products", .list(of: .productID), default: [])
        googleProducts = try row.read("google_products", .list(of: .productID), default: [])
        ignoredProducts = try row.read("ignored_products", .list(of: .productID), default: [])
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
        bucket = try Self.bucket(&row)
        requestsPerMinute = try row.read("requests_per_minute", .integer(in: 0...1_000_000), default: 600)
    }

    static func bucket(_ row: inout SettingsRow) throws(SettingsError) -> BucketTerms? {
        let buckets = try row.read("buckets", .integer(in: 0...1), default: 0)
        let terms = BucketTerms(
            objectByteCountMax: Int64(try row.read("object_limit_mb", .integer(in: 1...(5 << 20)), default: 1024))
                << 20,
            presignLifetimeMax: .seconds(try row.read("presign_seconds", .integer(in: 1...604_800), default: 900))
        )
        return buckets > 0 ? terms : nil
    }

    var tier: Tier {
        Tier(
            name: name,
            peerLimit: peers,
            regions: Set(regions),
            products: [
                .stripe: Set(stripePrices), .apple: Set(appleProducts), .google: Set(googleProducts),
            ],
            ignoredProducts: Set(ignoredProducts),
            bucket: bucket,
            requestsPerMinute: requestsPerMinute == 0 ? nil : requestsPerMinute
        )
    }
}
