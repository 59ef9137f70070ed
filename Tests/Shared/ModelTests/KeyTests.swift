import Model
import Testing

struct KeyTests {
    @Test func `a key reads back from its text`() throws {
        let text = "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWM="
        #expect(try PublicKey(base64: text).base64 == text)
    }

    @Test(arguments: ["", "AAAA", String(repeating: "A", count: 42) + "==", String(repeating: "A", count: 47) + "="])
    func `a key of another length is refused`(text: String) {
        #expect(throws: PublicKey.Malformed.self) { try PublicKey(base64: text) }
    }

    @Test(arguments: [
        "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWM", "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWN=",
        "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWM=\n", " NQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjWM=",
        "jNQAAlXzLbwCdZnLgkLvYGvz1mXVFFbPQVHBZR0FjW-=",
    ])
    func `text that is not strict base64 is refused`(text: String) {
        #expect(throws: PublicKey.Malformed.notBase64) { try PublicKey(base64: text) }
    }

    /// The seven encodings, and the same with the top bit set, which X25519 ignores.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func `a point of low order is refused`(hexadecimal: String) throws {
        let bytes = try #require(Hexadecimal.decode(hexadecimal))
        #expect(throws: PublicKey.Malformed.lowOrder) { try PublicKey(bytes: bytes) }
    }
}
