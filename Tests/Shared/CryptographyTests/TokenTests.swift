import Cryptography
import Model
import Testing

struct TokenTests {
    @Test func `a subscription token reads back, and no two are equal`() throws {
        let tokens = (0..<100).map { _ in SubscriptionToken.generate() }
        #expect(Set(tokens).count == 100)
        for token in tokens { #expect(SubscriptionToken(token.text.reveal()) == token) }
        #expect(tokens[0].text.reveal().hasPrefix("hf_") && tokens[0].text.reveal().utf8.count == 52)
    }

    @Test func `a typing error in any place of a token is noticed`() {
        let text = Array(SubscriptionToken.generate().text.reveal().utf8)
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
            #expect(SubscriptionToken(String(decoding: changed, as: UTF8.self)) == nil)
        }
        #expect(SubscriptionToken(String(decoding: text.dropLast(), as: UTF8.self)) == nil)
    }

    @Test func `a join token reads back with its region and pin`() throws {
        let region = try #require(RegionName("fra1"))
        let token = JoinToken.generate(region: region, authorityPin: [UInt8](repeating: 9, count: 32))
        #expect(try JoinToken(token.text.reveal()) == token)
        #expect("\(token)".contains(Hexadecimal.encode(token.secret.reveal())) == false)
    }

    @Test func `a damaged join token is told from something else`() throws {
        let region = try #require(RegionName("fra1"))
        let text = JoinToken.generate(region: region, authorityPin: [UInt8](repeating: 9, count: 32)).text.reveal()
        #expect(throws: JoinToken.Malformed.damaged) { try JoinToken(text.dropLast()) }
        #expect(throws: JoinToken.Malformed.damaged) { try JoinToken("hfj1.ams1." + text.split(separator: ".")[2]) }
        #expect(throws: JoinToken.Malformed.notAJoinToken) { try JoinToken("hf_something") }
    }

    @Test func `a token tells the pepper that it was made under, and an invented one has none`() throws {
        let pepper = try #require(Pepper(version: 1, key: [UInt8](repeating: 1, count: 32)))
        let other = try #require(Pepper(version: 2, key: [UInt8](repeating: 2, count: 32)))
        let token = SubscriptionToken.generate(under: pepper)
        #expect(SubscriptionToken(token.text.reveal()) == token)
        #expect(token.isMade(under: pepper) && !token.isMade(under: other))
        #expect(!SubscriptionToken.generate().isMade(under: pepper))
        let derived = SubscriptionToken.derived(from: [1, 2], under: pepper)
        #expect(derived == .derived(from: [1, 2], under: pepper) && derived.isMade(under: pepper))
        #expect(derived != .derived(from: [1, 3], under: pepper) && derived != .derived(from: [1, 2], under: other))
    }
}
