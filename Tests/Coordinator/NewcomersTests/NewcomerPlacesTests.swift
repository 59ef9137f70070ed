import Model
import Testing

@testable import Newcomers

@Suite struct NewcomerPlacesTests {
    private static let start = ContinuousClock.now
    private static let limits = NewcomerPlaces.Limits(all: 16, ofAddress: 4, ofNetwork: 8)

    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func `of one address a few have a place, and the one that was silent for longest makes room`() throws {
        var places = NewcomerPlaces(Self.limits)
        let flood = try Self.address("192.0.2.1")
        for number in 1...4 {
            #expect(places.admit(from: flood, now: Self.start + .seconds(number)) == .admitted(number, instead: nil))
        }
        places.heard(1, now: Self.start + .seconds(5))
        #expect(places.admit(from: flood, now: Self.start + .seconds(6)) == .admitted(5, instead: 2))
        #expect(places.count == 4)
    }

    @Test func `a flood from one network leaves room for others`() throws {
        var places = NewcomerPlaces(Self.limits)
        for number in 1...1000 {
            _ = places.admit(from: try Self.address("192.0.2.\(number % 250)"), now: Self.start)
        }
        #expect(places.count == 8)
        guard case .admitted(_, nil) = places.admit(from: try Self.address("198.51.100.1"), now: Self.start) else {
            Issue.record("the newcomer from elsewhere has no free place")
            return
        }
    }

    @Test func `an IPv6 customer has one share, whichever of the addresses of its network it uses`() throws {
        var places = NewcomerPlaces(Self.limits)
        for number in 1...100 { _ = places.admit(from: try Self.address("2001:db8::\(number)"), now: Self.start) }
        #expect(places.count == 4)
        for number in 1...100 { _ = places.admit(from: try Self.address("2001:db8:0:\(number)::1"), now: Self.start) }
        #expect(places.count == 8)
    }

    @Test func `whoever waits for the coordinator is not silent, and where all do nobody is admitted`() throws {
        var places = NewcomerPlaces(Self.limits)
        let address = try Self.address("192.0.2.1")
        for number in 1...4 {
            _ = places.admit(from: address, now: Self.start)
            places.serve(number, true, now: Self.start)
        }
        #expect(places.admit(from: address, now: Self.start) == .full)
        places.serve(3, false, now: Self.start)
        #expect(places.admit(from: address, now: Self.start) == .admitted(5, instead: 3))
        places.leave(5)
        #expect(places.admit(from: address, now: Self.start) == .admitted(6, instead: nil))
    }
}
