import Model
import Testing

@testable import ObjectStorage

struct ObjectKeyTests {
    @Test(arguments: [
        "a", "a/b.txt", "folder/", "ü/ö", ".hidden", "..a/b..", "a b+c&d=e?f#g%2e", String(repeating: "k", count: 1024),
    ])
    func `a key may be any text that reaches the server as it is`(text: String) {
        #expect(ObjectKey(text)?.text == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a//b", "a//", "..", "../a", "a/../b", "a/..", ".", "./a", "a/./b", "../", "a\u{0}", "a\nb",
        "a\u{7f}", "a\u{85}", String(repeating: "k", count: 1025), String(repeating: "ü", count: 513),
    ])
    func `a key that might arrive as another one is refused`(text: String) {
        #expect(ObjectKey(text) == nil)
    }

    @Test(arguments: ["abc", "a-1", String(repeating: "x", count: 63)])
    func `a bucket's name is one that every server takes`(text: String) {
        #expect(BucketName(text)?.text == text)
    }

    @Test(arguments: ["", "ab", "-ab", "ab-", "aBc", "a.b", "a_b", "a/b", String(repeating: "x", count: 64)])
    func `what some server refuses is no bucket's name`(text: String) {
        #expect(BucketName(text) == nil)
    }

    @Test func `made names are apart, and say nothing`() throws {
        var generator = SystemRandomNumberGenerator()
        let names = Set((0..<1000).compactMap { _ in BucketName.random(prefix: "hf-", using: &generator) })
        #expect(names.count == 1000 && names.allSatisfy { $0.text.hasPrefix("hf-") && $0.text.utf8.count == 29 })
        #expect(BucketName.random(prefix: "Not_", using: &generator) == nil)
    }
}
