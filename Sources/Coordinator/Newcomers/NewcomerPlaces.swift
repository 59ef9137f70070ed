import Model

/// The places of those who have connected and not yet said who they are: some for each address and each network, so that
/// nobody takes all. Where none is free, the one that has been silent for the longest makes room. Pure.
struct NewcomerPlaces: Hashable, Sendable {
    typealias Limits = NewcomerLimits

    struct Place: Hashable, Sendable {
        let address: IPPrefix?
        let network: IPPrefix?
        var heardAt: ContinuousClock.Instant
        /// The coordinator has something to do for it: nobody is silent meanwhile.
        var isServed = false
    }

    enum Admission: Hashable, Sendable {
        /// With whom had to leave for it.
        case admitted(Int, instead: Int?)
        case full
    }

    private let limits: Limits
    private var places: [Int: Place] = [:]
    private var next = 0

    init(_ limits: Limits) {
        self.limits = limits
    }

    var count: Int { places.count }

    mutating func admit(from address: IPAddress?, now: ContinuousClock.Instant) -> Admission {
        let place = Place(address: address?.host, network: address?.network, heardAt: now)
        let rivals = crowd(of: place)
        var leaving: Int?
        if let rivals {
            guard let longest = rivals.filter({ !$0.value.isServed }).min(by: { $0.value.heardAt < $1.value.heardAt })
            else { return .full }
            leaving = longest.key
            places[longest.key] = nil
        }
        next += 1
        places[next] = place
        return .admitted(next, instead: leaving)
    }

    /// Those of whom one has to leave before `place` can be taken: of its address, its network, or all. Nil where there is
    /// room.
    private func crowd(of place: Place) -> [Int: Place]? {
        let neighbours = places.filter { $0.value.network == place.network }
        let own = neighbours.filter { $0.value.address == place.address }
        if own.count >= limits.ofAddress { return own }
        if neighbours.count >= limits.ofNetwork { return neighbours }
        return places.count >= limits.all ? places : nil
    }

    /// Bytes have come from it.
    mutating func heard(_ id: Int, now: ContinuousClock.Instant) {
        places[id]?.heardAt = now
    }

    mutating func serve(_ id: Int, _ isServed: Bool, now: ContinuousClock.Instant) {
        places[id]?.isServed = isServed
        places[id]?.heardAt = now
    }

    mutating func leave(_ id: Int) {
        places[id] = nil
    }
}

/// How many newcomers a listener bears.
public struct NewcomerLimits: Hashable, Sendable {
    public var all: Int
    /// For one IPv4 address, or 64 bits of IPv6.
    public var ofAddress: Int
    /// For 24 bits of IPv4, or 48 of IPv6.
    public var ofNetwork: Int

    public init(all: Int, ofAddress: Int, ofNetwork: Int) {
        self.all = all
        self.ofAddress = ofAddress
        self.ofNetwork = ofNetwork
    }

    /// A quarter for one address, half for one network.
    public init(all: Int) {
        self.init(all: all, ofAddress: max(1, all / 4), ofNetwork: max(1, all / 2))
    }
}
