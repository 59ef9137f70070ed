import Model
import Testing

struct ValueTests {
    @Test func `an identifier reads back from its text and its bytes`() throws {
        let id = NodeID.random()
        #expect(NodeID("\(id)") == id)
        #expect(NodeID(bytes: id.bytes) == id)
        #expect("\(id)".split(separator: "-")[2].first == "4")
    }

    @Test(arguments: ["", "x", "00000000-0000-0000-0000-00000000000g", "00000000000000000000000000000000"])
    func `text that is no identifier is refused`(text: String) {
        #expect(PeerID(text) == nil)
    }

    @Test func `a secret never shows`() {
        let secret = Secret("hf_abc")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \(dumped)".contains("hf_abc") == false)
        #expect(secret.reveal() == "hf_abc")
    }

    @Test func `a table's digest does not depend on the order, and forgets what left`() {
        let hashes = (0..<50).map { number in (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number &* 101) } }
        var forward = TableDigest.empty
        var backward = TableDigest.empty
        for hash in hashes { forward.insert(entryHash: hash) }
        for hash in hashes.reversed() { backward.insert(entryHash: hash) }
        #expect(forward == backward)
        #expect(TableDigest(bytes: forward.bytes) == forward)
        for hash in hashes.shuffled() { forward.remove(entryHash: hash) }
        #expect(forward == .empty)
    }

    @Test func `a digest carries and borrows across its words`() {
        var digest = TableDigest.empty
        let ones = [UInt8](repeating: 0xff, count: 32)
        let one = [UInt8]([1]) + [UInt8](repeating: 0, count: 31)
        digest.insert(entryHash: ones)
        digest.insert(entryHash: one)
        #expect(digest == .empty)
        digest.remove(entryHash: one)
        #expect(digest.bytes == ones)
    }

    @Test func `equal entries have equal bytes, whatever the order they were given in`() throws {
        let key = try PublicKey(base64: "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWM=")
        let four = try #require(IPPrefix("10.64.0.9/32"))
        let six = try #require(IPPrefix("fd00::9/128"))
        let entry = PeerEntry(publicKey: key, allowedIPs: [six, four, four])
        #expect(entry == PeerEntry(publicKey: key, allowedIPs: [four, six]))
        #expect(entry.canonicalBytes.count == 32 + 6 + 18)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_767_225_599, "2025-12-31T23:59:59Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"), (-1, "1969-12-31T23:59:59Z"),
    ])
    func `a moment is written after RFC 3339`(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test(arguments: ["1", "1.4.0", "1.4.0~rc1+b2-1", String(repeating: "9", count: 64)])
    func `a package's version is taken`(text: String) {
        #expect(PackageVersion(text)?.text == text)
    }

    @Test(arguments: [
        "", "v1.4.0", "1:1.4.0", "1.4/0", "1.4 0", "1.4.0\n", "1.é", "-1", String(repeating: "9", count: 65),
    ])
    func `what is no package's version is not`(text: String) {
        #expect(PackageVersion(text) == nil)
    }

    @Test(arguments: ["fra1", "eu-west-2", "a"]) func `a region's name is taken`(text: String) {
        #expect(RegionName(text)?.text == text)
    }

    @Test(arguments: ["", "1fra", "Fra", "fra_1", "fra 1", "-a", String(repeating: "a", count: 33)])
    func `text that is no region's name is refused`(text: String) {
        #expect(RegionName(text) == nil)
    }

    @Test func `times of another machine may be impossible, and trap nowhere`() {
        let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(last - first > .seconds(0))
        #expect(first - last < .seconds(0))
        #expect(last + .seconds(1) == last)
        #expect(first - .seconds(1) == first)
        #expect(Timestamp(seconds: 0) + .seconds(Int64.max) == last)
        #expect(Timestamp(seconds: 0) - .seconds(Int64.max) == first)
    }
}
