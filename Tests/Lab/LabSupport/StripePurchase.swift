import Foundation

/// Stripe's names for one customer's purchase, which its events share.
public struct StripePurchase: Sendable {
    public let subscription = "sub_\(LabIdentifier.make())"
    public let customer = "cus_\(LabIdentifier.make())"
    public let invoice = "in_\(LabIdentifier.make())"
    public let price: String
    /// Unix time.
    public let start = Int(Date().timeIntervalSince1970)
    /// Years away: some tests set the clock months ahead, and a subscription that is over takes its peers along.
    public var end: Int { start + 3650 * 86400 }

    public init(tier: CoordinatorConfiguration.Tier) {
        self.init(price: tier.price)
    }

    public init(price: String) {
        self.price = price
    }
}

/// Random letters and digits, as Stripe's identifiers end in.
enum LabIdentifier {
    static func make() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<24).map { _ in alphabet.randomElement()! })
    }
}
