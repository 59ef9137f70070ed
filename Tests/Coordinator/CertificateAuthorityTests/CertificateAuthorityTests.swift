import CertificateAuthority
import Crypto
import Model
import SwiftASN1
import Testing
import X509

@Suite struct CertificateAuthorityTests {
    private static let now = Timestamp(seconds: 1_790_000_000)
    private static let node = NodeID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

    /// DER of a request that asks for a name which it must not get.
    private static func request(_ key: P256.Signing.PrivateKey = .init()) throws -> [UInt8] {
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName { CommonName("someone else") },
            privateKey: .init(key),
            attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return serializer.serializedBytes
    }

    private static func issue(
        _ authority: CertificateAuthority,
        at time: Timestamp = now,
        lifetime: Duration = .seconds(86_400)
    ) throws -> NodeCertificate {
        try authority.issueNodeCertificate(
            CertificateRequest(der: request()),
            for: node,
            now: time,
            lifetime: lifetime
        )
    }

    @Test func `an authority is the same after a restart`() throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let again = try CertificateAuthority(
            certificate: authority.certificatePEM,
            privateKey: authority.privateKeyPEM
        )
        #expect(again.pin == authority.pin)
        #expect(again.certificateDER == authority.certificateDER)
        #expect(authority.pin.count == 32)
    }

    /// 500,000 NULLs took 590 MB when they were parsed.
    @Test func `ASN_1 of more than 4096 bytes is not parsed, be it a request or a certificate`() async throws {
        let nulls = [UInt8](repeating: 5, count: 1_000_000)
        let huge: [UInt8] = [0x30, 0x83, 0x0f, 0x42, 0x40] + nulls
        #expect(throws: CertificateRequest.Malformed.tooLarge) { try CertificateRequest(der: huge) }
        let authority = try CertificateAuthority.generate(now: Self.now)
        await #expect(throws: CertificateRefusal.notACertificate) {
            try await authority.verify(client: huge, now: Self.now)
        }
        await #expect(throws: CertificateRefusal.notACertificate) {
            try await authority.verify(operator: huge, now: Self.now)
        }
    }

    @Test func `a certificate says when it was issued`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let presented = try await authority.verify(client: Self.issue(authority).der, now: Self.now)
        #expect(presented.issuedAt == Self.now)
    }

    @Test func `a key of another authority is refused`() throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let other = try CertificateAuthority.generate(now: Self.now)
        #expect(throws: CertificateAuthority.Malformed.mismatch) {
            try CertificateAuthority(certificate: authority.certificatePEM, privateKey: other.privateKeyPEM)
        }
    }

    @Test func `a node's certificate names the node and not what the request asked for`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let issued = try Self.issue(authority)
        let presented = try await authority.verify(client: issued.der, now: Self.now)
        #expect(presented.nodeID == Self.node)
        #expect(presented.serial == issued.serial)
        #expect(issued.serial.count == 16)
        #expect(presented.isCurrent)
        let text = try Certificate(derEncoded: issued.der).subject.description
        #expect(text == "CN=\(Self.node)")
    }

    @Test func `an expired certificate is told from a foreign one`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let issued = try Self.issue(authority, lifetime: .seconds(60))
        let later = Self.now + .seconds(400 * 86_400)
        let presented = try await authority.verify(client: issued.der, now: later)
        #expect(!presented.isCurrent)
        let foreign = try Self.issue(CertificateAuthority.generate(now: Self.now), lifetime: .seconds(60))
        await #expect(throws: CertificateRefusal.notTrusted) {
            try await authority.verify(client: foreign.der, now: later)
        }
    }

    @Test func `a certificate of the future is not current but for five minutes, and names its node`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let issued = try Self.issue(authority, at: Self.now + .seconds(299))
        #expect(try await authority.verify(client: issued.der, now: Self.now).isCurrent)
        let tooEarly = try Self.issue(authority, at: Self.now + .seconds(302))
        let presented = try await authority.verify(client: tooEarly.der, now: Self.now)
        #expect(!presented.isCurrent)
        #expect(presented.nodeID == Self.node)
    }

    @Test func `neither the coordinator's certificate nor the authority's is a node's`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let server = try authority.issueServerCertificate(now: Self.now, lifetime: .seconds(86_400))
        await #expect(throws: CertificateRefusal.notTrusted) {
            try await authority.verify(client: server.der, now: Self.now)
        }
        await #expect(throws: CertificateRefusal.notANode) {
            try await authority.verify(client: authority.certificateDER, now: Self.now)
        }
    }

    private static func issueOperator(_ authority: CertificateAuthority, lifetime: Duration = .seconds(86_400)) throws
        -> OperatorCertificate
    {
        let name = try #require(OperatorName("alice"))
        return try authority.issueOperatorCertificate(for: name, now: now, lifetime: lifetime)
    }

    @Test func `an operator's certificate names the operator`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let issued = try Self.issueOperator(authority)
        let der = try PEMDocument(pemString: issued.certificatePEM).derBytes
        let presented = try await authority.verify(operator: der, now: Self.now)
        #expect(presented.name.text == "alice")
        #expect(presented.serial == issued.serial)
        #expect(presented.isCurrent)
        let later = try await authority.verify(operator: der, now: Self.now + .seconds(86_401))
        #expect(!later.isCurrent)
    }

    @Test func `an operator's certificate is no node's, and a node's no operator's`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let der = try PEMDocument(pemString: Self.issueOperator(authority).certificatePEM).derBytes
        await #expect(throws: CertificateRefusal.notANode) {
            try await authority.verify(client: der, now: Self.now)
        }
        let node = try Self.issue(authority)
        await #expect(throws: CertificateRefusal.notAnOperator) {
            try await authority.verify(operator: node.der, now: Self.now)
        }
        let server = try authority.issueServerCertificate(now: Self.now, lifetime: .seconds(86_400))
        await #expect(throws: CertificateRefusal.notTrusted) {
            try await authority.verify(operator: server.der, now: Self.now)
        }
        await #expect(throws: CertificateRefusal.notAnOperator) {
            try await authority.verify(operator: authority.certificateDER, now: Self.now)
        }
    }

    @Test func `another authority's operator is nobody`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let other = try CertificateAuthority.generate(now: Self.now)
        let der = try PEMDocument(pemString: Self.issueOperator(other).certificatePEM).derBytes
        await #expect(throws: CertificateRefusal.notTrusted) {
            try await authority.verify(operator: der, now: Self.now)
        }
    }

    @Test func `no signed byte of a certificate can be changed`() async throws {
        let authority = try CertificateAuthority.generate(now: Self.now)
        let der = try Self.issue(authority).der
        // The signature and what describes it, unsigned by nature, are the last 90 bytes at most.
        for place in 4..<der.count - 90 {
            var changed = der
            changed[place] ^= 0x01
            await #expect(throws: CertificateRefusal.self, "byte \(place)") {
                try await authority.verify(client: changed, now: Self.now)
            }
        }
    }

    @Test func `a request that another key signed is refused`() throws {
        var der = try Self.request()
        der[der.count - 3] ^= 0x01
        #expect(throws: CertificateRequest.Malformed.self) { try CertificateRequest(der: der) }
    }

    @Test(arguments: [[], [0x30], [UInt8](repeating: 0xff, count: 4096)])
    func `what is no request is refused`(der: [UInt8]) {
        #expect(throws: CertificateRequest.Malformed.notDER) { try CertificateRequest(der: der) }
    }

    @Test func `the same key has the same hash in every request`() throws {
        let key = P256.Signing.PrivateKey()
        let first = try CertificateRequest(der: Self.request(key))
        let second = try CertificateRequest(der: Self.request(key))
        #expect(first.keyHash == second.keyHash)
        #expect(try CertificateRequest(der: Self.request()).keyHash != first.keyHash)
    }
}
