import CertificateAuthority
import Crypto
import DaemonRuntime
import Foundation
import HTTPTypes
import Model
import NIOSSL
import SwiftASN1
import Store
import Testing
import X509

@testable import API

/// Who gets in, and who may do what: for every route that there is.
@Suite(.serialized, .timeLimit(.minutes(10))) struct AuthorisationTests {
    /// The path with something in the place of each parameter.
    private static func path(_ route: AdminRoute) -> String {
        route.path.replacing("{name}", with: "exit1").replacing("{id}", with: "11111111-2222-4333-8444-555555555555")
    }

    @Test func `every route refuses who has no certificate`() async throws {
        try await AdminBench.run { bench in
            try await bench.withClient(as: nil) { client in
                for route in AdminRoute.all {
                    let answer = try await bench.send(route.method.rawValue, Self.path(route), by: client)
                    #expect(answer.status == 401, "\(route.name)")
                    #expect(answer.problem == "certificate-required", "\(route.name)")
                }
                #expect(try await bench.send("GET", "no-such-thing", by: client).status == 401)
            }
        }
    }

    @Test(arguments: OperatorRole.allCases)
    func `every route lets in whose role suffices and refuses all others`(role: OperatorRole) async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            let identity = try await bench.add("bob", role)
            try await bench.withClient(as: identity) { client in
                for route in AdminRoute.all {
                    let answer = try await bench.send(route.method.rawValue, Self.path(route), by: client)
                    if role >= route.role {
                        #expect(answer.status != 401 && answer.status != 403, "\(route.name): \(answer.status)")
                        #expect(answer.status < 500, "\(route.name): \(answer.status)")
                    } else {
                        #expect(answer.status == 403, "\(route.name): \(answer.status)")
                        #expect(answer.problem == "role-missing", "\(route.name)")
                    }
                }
            }
            let refused = AdminRoute.all.filter { role < $0.role }.map(\.name)
            var filter = AuditFilter()
            filter.action = "admin.refused"
            filter.actor = "bob"
            let entries = try await bench.store.audit(filter, limit: 1000)
            #expect(entries.count == refused.count)
            for name in refused {
                #expect(entries.contains { $0.detail?.hasPrefix("\(name): needs role") == true }, "\(name)")
            }
        }
    }

    @Test func `the table has no two routes of one name or one place`() {
        #expect(Set(AdminRoute.all.map(\.name)).count == AdminRoute.all.count)
        #expect(Set(AdminRoute.all.map { "\($0.method) \($0.path)" }).count == AdminRoute.all.count)
    }

    @Test func `what changes the fleet is for operators alone`() {
        for route in AdminRoute.all where route.method != .get { #expect(route.role == .operator, "\(route.name)") }
    }

    @Test func `a revoked certificate is refused at once, also on a connection that stands`() async throws {
        try await AdminBench.run { bench in
            let identity = try await bench.add("carol")
            let name = try #require(OperatorName("carol"))
            try await bench.withClient(as: identity) { client in
                #expect(try await bench.send("GET", "whoami", by: client).status == 200)
                #expect(try await bench.store.revokeOperator(name, now: SystemClock.now()) == 1)
                let answer = try await bench.send("GET", "whoami", by: client)
                #expect(answer.status == 401)
                #expect(answer.problem == "certificate-revoked")
            }
        }
    }

    @Test func `a certificate that the database does not know is refused`() async throws {
        try await AdminBench.run { bench in
            let name = try #require(OperatorName("mallory"))
            let issued = try bench.authority.issueOperatorCertificate(
                for: name,
                now: SystemClock.now(),
                lifetime: .seconds(60)
            )
            let identity = AdminBench.Identity(
                certificatePEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM.reveal()
            )
            #expect(try await bench.send("GET", "nodes", as: identity).problem == "certificate-revoked")
        }
    }

    @Test func `an expired certificate is refused`() async throws {
        try await AdminBench.run { bench in
            let identity = try await bench.add("dave", now: SystemClock.now() - .seconds(7200))
            #expect(try await bench.send("GET", "nodes", as: identity).problem == "certificate-expired")
        }
    }

    @Test func `another authority's certificate is refused`() async throws {
        try await AdminBench.run { bench in
            let other = try CertificateAuthority.generate(now: SystemClock.now())
            let name = try #require(OperatorName("alice"))
            let issued = try other.issueOperatorCertificate(for: name, now: SystemClock.now(), lifetime: .seconds(60))
            let identity = AdminBench.Identity(
                certificatePEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM.reveal()
            )
            #expect(try await bench.send("GET", "nodes", as: identity).problem == "certificate-refused")
        }
    }

    @Test func `a node's certificate is worth nothing here`() async throws {
        try await AdminBench.run { bench in
            let key = P256.Signing.PrivateKey()
            let request = try CertificateSigningRequest(
                version: .v1,
                subject: DistinguishedName { CommonName("exit1") },
                privateKey: .init(key),
                attributes: .init(),
                signatureAlgorithm: .ecdsaWithSHA256
            )
            var serializer = DER.Serializer()
            try serializer.serialize(request)
            let issued = try bench.authority.issueNodeCertificate(
                CertificateRequest(der: serializer.serializedBytes),
                for: .random(),
                now: SystemClock.now(),
                lifetime: .seconds(3600)
            )
            let identity = AdminBench.Identity(
                certificatePEM: PEMDocument(type: "CERTIFICATE", derBytes: issued.der).pemString,
                privateKeyPEM: key.pemRepresentation
            )
            #expect(try await bench.send("GET", "nodes", as: identity).problem == "certificate-refused")
        }
    }

    @Test func `TLS 1,2 is refused`() async throws {
        try await AdminBench.run { bench in
            let identity = try await bench.add()
            await #expect(throws: (any Error).self) {
                try await bench.withClient(as: identity, newest: .tlsv12) { client in
                    try await bench.send("GET", "whoami", by: client)
                }
            }
        }
    }

    @Test func `the listener's certificate is made anew at half its life, and when the clock was set back`() throws {
        let now = SystemClock.now()
        let tls = AdminTLS(authority: try .generate(now: now), lifetime: .seconds(100))
        let first = try tls.context(now: now)
        #expect(try tls.context(now: now + .seconds(49)) === first)
        let second = try tls.context(now: now + .seconds(50))
        #expect(second !== first)
        #expect(try tls.context(now: now) !== second)
    }
}
