import Cryptography
import Database
import LinkProtocol
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10))) struct EnrolmentTests {
    private static func refusal(_ reason: EnrolmentRefusal) -> CoordinatorMessage { .close(reason: "\(reason)") }

    @Test func `an unknown token enrols nobody`() async throws {
        try await TestBench.run { bench in
            let answer = try await bench.enrol(TestIdentity(), secret: Secret([UInt8](repeating: 1, count: 32)))
            #expect(answer == Self.refusal(.unknownToken))
        }
    }

    @Test(arguments: ["--force", "..", "exit\u{202e}1", "a b"])
    func `a name that is none is refused with its syntax, and the token stays good`(name: String) async throws {
        try await TestBench.run { bench in
            let token = try await bench.token()
            let answer = try await bench.enrol(TestIdentity(), secret: token.secret, name: name)
            #expect(answer == .close(reason: "a node's name has \(NodeName.syntax)"))
            guard case .enrolled? = try await bench.enrol(TestIdentity(), secret: token.secret) else {
                throw TestBench.Unexpected()
            }
        }
    }

    @Test func `an endpoint that is not on the internet is refused with the setting's name, and the token stays good`()
        async throws
    {
        try await TestBench.run(allowsPrivateEndpoints: false) { bench in
            let token = try await bench.token()
            let answer = try await bench.enrol(TestIdentity(), secret: token.secret)
            let reason =
                "the endpoint 127.0.0.1:51820 is not on the internet: state another, or set "
                + "nodes.private_endpoints"
            #expect(answer == .close(reason: reason))
            let spent = try await bench.store.pool.read { transaction in
                try transaction.query("SELECT count(*) AS n FROM join_tokens WHERE redeemed_at IS NOT NULL").first?
                    .int64("n")
            }
            #expect(spent == 0)
        }
    }

    @Test func `an expired token enrols nobody`() async throws {
        try await TestBench.run { bench in
            let token = try await bench.token(lifetime: .seconds(-1))
            #expect(try await bench.enrol(TestIdentity(), secret: token.secret) == Self.refusal(.expiredToken))
        }
    }

    @Test func `a used token gives the same keys the same node, and other keys nothing`() async throws {
        try await TestBench.run { bench in
            let token = try await bench.token()
            let identity = TestIdentity()
            guard case .enrolled(let first)? = try await bench.enrol(identity, secret: token.secret),
                case .enrolled(let again)? = try await bench.enrol(identity, secret: token.secret)
            else { throw TestBench.Unexpected() }
            #expect(first.nodeID == again.nodeID)
            let other = try await bench.enrol(TestIdentity(), secret: token.secret, name: "exit2", key: 10)
            #expect(other == Self.refusal(.usedToken))
            let count = try await bench.store.pool.read { transaction in
                try transaction.query("SELECT count(*) AS n FROM nodes").first?.int64("n")
            }
            #expect(count == 1)
        }
    }

    @Test func `a name and a WireGuard key belong to one node`() async throws {
        try await TestBench.run { bench in
            _ = try await bench.enrolled()
            let sameName = try await bench.enrol(TestIdentity(), secret: bench.token().secret, key: 10)
            #expect(sameName == Self.refusal(.nameInUse))
            let sameKey = try await bench.enrol(TestIdentity(), secret: bench.token().secret, name: "exit2")
            #expect(sameKey == Self.refusal(.wireGuardKeyInUse))
        }
    }
}
