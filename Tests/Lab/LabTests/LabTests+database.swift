import LabSupport
import Synchronization
import Testing

extension LabTests {
    @Suite struct Database {
        private static let workers = 6
        private static let kills = 3
        /// Provisions between two kills, so that each meets work under way.
        private static let provisionsBetween = 20

        @Test(.timeLimit(.minutes(4)))
        func `a database killed under load costs 503s, and nothing that was acknowledged`() async throws {
            try await Site.with { site in
                let ledger = Ledger(existing: site.peer)
                let tally = Tally()
                let probe = try site.startPing()
                let (api, token) = (site.coordinator.api, site.customer.token)
                let load = Background {
                    _ = try concurrently(Database.workers) { _ in
                        try Database.provisionUntilEnough(api, token, ledger, tally)
                    }
                }
                for kill in 1...Database.kills {
                    try wait(for: "provisions before kill \(kill)", within: .seconds(60)) {
                        try require(!load.hasEnded, "the load ended early")
                        return tally.provisioned >= kill * Database.provisionsBetween
                    }
                    let refused = tally.refused
                    try site.coordinator.killDatabase()
                    try wait(for: "a 503 after kill \(kill)", within: .seconds(60)) { tally.refused > refused }
                }
                try load.finish()
                try probe.stopHavingLostNothing()
                // An answer that was lost with the database may have been a commit: more may exist, never fewer.
                let promised = ledger.acknowledged()
                try wait(for: "everything that exists to be on the node", within: .seconds(30)) {
                    let states = try site.customer.peerStates()
                    let missing = promised.subtracting(states.keys)
                    try require(missing.isEmpty, "\(missing.count) acknowledged peers are gone")
                    return try states.values.allSatisfy { $0 == "active" } && site.kernelKeys() == Set(states.keys)
                }
            }
        }

        private static func provisionUntilEnough(
            _ api: APIClient,
            _ token: String,
            _ ledger: Ledger,
            _ tally: Tally
        ) throws {
            let connection = try api.connect()
            while tally.provisioned < (kills + 1) * provisionsBetween {
                let key = ProvisionedPeer.freshKey()
                let answer = try connection.createPeer(publicKey: key, region: Site.region, token: token)
                try answer.expect(201, 202, 503)
                if answer.status == 503 {
                    try require(answer.headers["retry-after"] != nil, "a 503 without Retry-After")
                    tally.countRefusal()
                    rest(.milliseconds(20))
                } else {
                    ledger.created(key, id: try answer.string("id"), acknowledged: true)
                    tally.countProvision()
                }
            }
        }
    }

    /// How a load fared so far.
    private final class Tally: Sendable {
        private let counts = Mutex((provisioned: 0, refused: 0))

        var provisioned: Int { counts.withLock { $0.provisioned } }
        var refused: Int { counts.withLock { $0.refused } }

        func countProvision() { counts.withLock { $0.provisioned += 1 } }
        func countRefusal() { counts.withLock { $0.refused += 1 } }
    }
}
