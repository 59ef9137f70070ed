import Billing
import Model
import SeededRandom

@testable import PaymentProviders

/// A customer's life at Google Play: one purchase after the other, each with its own token, the notifications that are
/// sent on the way, and what Google would answer at each moment.
struct PlayHistory {
    struct Purchase: Hashable {
        var word = "ACTIVE"
        var product = "basic_monthly"
        var expiry: Timestamp
        var linked: String?
        var expiredOutOfApp: String?
        /// The money went back.
        var isTakenBack = false
        /// Google forgets a purchase 60 days after its end.
        var isForgotten = false
    }

    struct Moment {
        let now: Timestamp
        let purchases: [String: Purchase]
    }

    struct Notice: Hashable {
        let token: String
        /// Nil for a voided purchase.
        let type: Int?
        let at: Timestamp
        /// From which on it may be delivered.
        let moment: Int
    }

    static let period: Duration = .seconds(30 * 86_400)
    private(set) var moments: [Moment] = []
    private(set) var notices: [Notice] = []
    /// By token, the last moment up to which Google ever gave access.
    private(set) var grantedUntil: [String: Timestamp] = [:]

    private let name: String
    private var now = Timestamp(seconds: StripeMaterial.time)
    private var purchases: [String: Purchase] = [:]
    private var current = ""

    /// - Parameter name: what its tokens begin with.
    init(name: String = "", using random: inout SplitMix64) {
        self.name = name
        buy()
        for _ in 0..<Int.random(in: 0...8, using: &random) { step(using: &random) }
    }

    var last: Moment { moments[moments.count - 1] }

    /// Whether another purchase that was paid for has taken this one's place.
    func isSuperseded(_ token: String, at moment: Moment) -> Bool {
        moment.purchases.values.contains { $0.isPaid && ($0.linked == token || $0.expiredOutOfApp == token) }
    }

    func hasAccess(_ token: String, at moment: Moment) -> Bool {
        guard let purchase = moment.purchases[token], purchase.givesAccess else { return false }
        return moment.now < purchase.expiry && !isSuperseded(token, at: moment)
    }

    private mutating func step(using random: inout SplitMix64) {
        guard let held = purchases[current] else { return }
        switch held.word {
        case "ACTIVE": active(held, using: &random)
        case "CANCELED":
            if Bool.random(using: &random) {
                tick()
                become("ACTIVE", 7)
            } else {
                now = held.expiry + .seconds(60)
                become("EXPIRED", 13)
            }
        case "IN_GRACE_PERIOD":
            if Bool.random(using: &random) {
                tick()
                become("ACTIVE", 1, until: now + Self.period)
            } else {
                now = held.expiry + .seconds(1)
                become("ON_HOLD", 5)
            }
        case "ON_HOLD", "PAUSED":
            now = now + .seconds(5 * 86_400)
            if Bool.random(using: &random) {
                become("ACTIVE", 1, until: now + Self.period)
            } else {
                become("EXPIRED", 13)
            }
        default: ended(using: &random)
        }
    }

    private mutating func active(_ held: Purchase, using random: inout SplitMix64) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            tick()
            become("CANCELED", 3)
        case 1:
            now = held.expiry + .seconds(1)
            become("IN_GRACE_PERIOD", 6, until: held.expiry + .seconds(7 * 86_400))
        case 2:
            now = held.expiry + .seconds(1)
            become("ON_HOLD", 5)
        case 3:
            now = held.expiry + .seconds(1)
            become("PAUSED", 10)
        case 4: revoke()
        case 5:
            tick()
            become("ACTIVE", 9, until: held.expiry + .seconds(3 * 86_400))
        case 6:
            // Money back, and the subscription stays.
            tick()
            tell(nil)
        case 7, 8: change(isPending: false, using: &random)
        case 9: change(isPending: true, using: &random)
        default:
            now = held.expiry
            become("ACTIVE", 2, until: held.expiry + Self.period)
        }
    }

    private mutating func ended(using random: inout SplitMix64) {
        let old = current
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            now = now + .seconds(61 * 86_400)
            purchases[old]?.isForgotten = true
            tell(nil)
        case 1:
            now = now + .seconds(86_400)
            buy(expiredOutOfApp: old)
        default:
            now = now + .seconds(86_400)
            buy()
        }
    }

    private mutating func tick() { now = now + .seconds(3600) }

    private mutating func buy(product: String = "basic_monthly", linked: String? = nil, expiredOutOfApp: String? = nil)
    {
        current = "\(name)t\(purchases.count)"
        purchases[current] = Purchase(
            product: product,
            expiry: now + Self.period,
            linked: linked,
            expiredOutOfApp: expiredOutOfApp
        )
        tell(4)
    }

    /// The old purchase ends once the new one is paid; one that is never paid changes nothing.
    private mutating func change(isPending: Bool, using random: inout SplitMix64) {
        tick()
        let old = current
        let product = Bool.random(using: &random) ? "plus_monthly" : "basic_monthly"
        guard isPending else {
            purchases[old]?.word = "EXPIRED"
            purchases[old]?.expiry = now
            return buy(product: product, linked: old)
        }
        current = "\(name)t\(purchases.count)"
        purchases[current] = Purchase(word: "PENDING", product: product, expiry: now, linked: old)
        tell(4)
        tick()
        if Bool.random(using: &random) {
            purchases[old]?.word = "EXPIRED"
            purchases[old]?.expiry = now
            become("ACTIVE", 4, until: now + Self.period)
        } else {
            become("PENDING_PURCHASE_CANCELED", 20)
            current = old
        }
    }

    private mutating func revoke() {
        tick()
        purchases[current]?.isTakenBack = true
        become("EXPIRED", 12, until: now)
        notices.append(Notice(token: current, type: nil, at: now, moment: moments.count - 1))
    }

    private mutating func become(_ word: String, _ type: Int, until: Timestamp? = nil) {
        purchases[current]?.word = word
        if let until { purchases[current]?.expiry = until }
        tell(type)
    }

    private mutating func tell(_ type: Int?) {
        moments.append(Moment(now: now, purchases: purchases))
        notices.append(Notice(token: current, type: type, at: now, moment: moments.count - 1))
        for (token, purchase) in purchases where purchase.givesAccess {
            grantedUntil[token] = max(grantedUntil[token] ?? purchase.expiry, purchase.expiry)
        }
    }
}

extension PlayHistory.Purchase {
    var givesAccess: Bool { ["ACTIVE", "CANCELED", "IN_GRACE_PERIOD"].contains(word) }
    var isPaid: Bool { !["PENDING", "PENDING_PURCHASE_CANCELED"].contains(word) }
}

extension PlayHistory {
    /// Notices as they may arrive: each at its own moment or any later one, in any order, some of them twice and, if
    /// `losing`, some never.
    func deliveries(losing: Bool, using random: inout SplitMix64) -> [(moment: Int, notice: Notice)] {
        var deliveries: [(moment: Int, notice: Notice)] = []
        for notice in notices {
            let count = losing ? Int.random(in: 0...2, using: &random) : Int.random(in: 1...2, using: &random)
            for _ in 0..<count {
                deliveries.append((Int.random(in: notice.moment..<moments.count, using: &random), notice))
            }
        }
        return deliveries.shuffled(using: &random).sorted { $0.moment < $1.moment }
    }
}
