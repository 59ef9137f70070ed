import LabSupport
import Synchronization

/// Apps that create and remove peers, several at once, as fast as they are answered.
final class ChangeStream: Sendable {
    private static let workers = 8
    private static let plenty = 500

    private let api: APIClient
    private let token: String
    private let ledger: Ledger
    private let changes: Int
    private let taken = Atomic<Int>(0)

    init(api: APIClient, token: String, ledger: Ledger, changes: Int) {
        self.api = api
        self.token = token
        self.ledger = ledger
        self.changes = changes
    }

    /// Changes asked for so far.
    var asked: Int { min(taken.load(ordering: .relaxed), changes) }

    /// - Returns: the apps at work; finished with the last answer.
    func start() -> Background {
        Background { [self] in
            _ = try concurrently(Self.workers) { [self] _ in
                do {
                    try work()
                } catch {
                    // Nobody waits for changes that will not come.
                    taken.store(changes, ordering: .relaxed)
                    throw error
                }
            }
        }
    }

    private func work() throws {
        let connection = try api.connect()
        while case let number = taken.add(1, ordering: .relaxed).oldValue, number < changes {
            // Once there are many, as many go as come: a subscription has a limit.
            let share = ledger.wanted().count < Self.plenty ? 4 : 2
            if number % share == share - 1, let id = ledger.takeForRemoval() {
                try connection.deletePeer(id, token: token).expect(204)
            } else {
                try create(connection)
            }
        }
    }

    /// 503 while the coordinator knows that the region's only node is away: asked again, as an app would.
    private func create(_ connection: HTTPConnection) throws {
        let key = ProvisionedPeer.freshKey()
        try wait(for: "a peer to be accepted", within: .seconds(60), pause: .milliseconds(20)) {
            let answer = try connection.createPeer(publicKey: key, region: Site.region, token: token)
            try answer.expect(201, 202, 503)
            guard answer.status != 503 else { return false }
            ledger.created(key, id: try answer.string("id"), acknowledged: answer.status == 201)
            return true
        }
    }
}
