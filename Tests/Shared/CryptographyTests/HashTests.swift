import Cryptography
import Model
import Testing

struct HashTests {
    /// RFC 7693 gives BLAKE2b-512 of "abc"; the 256-bit value is libsodium's and b2sum's (`printf abc | b2sum -l 256`).
    @Test func `BLAKE2b agrees with b2sum`() {
        #expect(
            Hexadecimal.encode(BLAKE2b.hash(Array("abc".utf8)))
                == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        )
    }

    /// FIPS 180-4, and RFC 4231 test case 2.
    @Test func `SHA-256 and its HMAC agree with the standards`() {
        #expect(
            Hexadecimal.encode(SHA256.hash(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            Hexadecimal.encode(SHA256.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
    }

    @Test func `a comparison in constant time tells equal from different`() {
        #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2]))
    }

    @Test func `a pepper keeps purposes and keys apart`() throws {
        let key = [UInt8](repeating: 7, count: 32)
        let pepper = try #require(Pepper(version: 1, key: key))
        let other = try #require(Pepper(version: 1, key: key.map { $0 + 1 }))
        #expect(pepper.hash([1], context: "a") == pepper.hash([1], context: "a"))
        #expect(pepper.hash([1], context: "a") != pepper.hash([1], context: "b"))
        #expect(pepper.hash([1], context: "a") != other.hash([1], context: "a"))
        #expect(Pepper(version: 1, key: [1, 2, 3]) == nil)
    }

    /// RFC 7748 section 6.1: Bob's keys.
    @Test func `a private key gives the public key of RFC 7748`() throws {
        let bytes = try #require(Hexadecimal.decode("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        let pair = try #require(WireGuardKeyPair(privateKey: bytes))
        #expect(
            Hexadecimal.encode(pair.publicKey.bytes)
                == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
        )
        #expect(WireGuardKeyPair(privateKey: [1]) == nil)
    }
}
