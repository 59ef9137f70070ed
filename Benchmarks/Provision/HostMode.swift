import BenchmarkSupport
import Cryptography
import Foundation
import Glibc
import LabSupport
import Model

/// Sustained provisions with 64 clients over 4 agents, in turn with pgbench on the same cluster.
///
/// The agents are real and store durably; only their kernel device is the simulated one.
struct HostMode {
    private static let region = "fra1"
    private static let agents = 4
    private static let clients = 64
    private static let rounds = 3
    /// A client speaks for one after the other, so that each has as many peers as a household, not as a city.
    private static let customersPerClient = 128
    let seconds: Int
    let parent: String

    func run() throws {
        let folder = "\(parent)/holdfast-bench-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try PostgreSQLCluster(folder: folder)
        defer { cluster.stop() }
        let fleet = try BenchmarkFleet(folder: folder, databaseURL: cluster.url, region: Self.region)
        defer { fleet.stop() }
        do {
            let ready = try fleet.start(agents: Self.agents)
            note("coordinator ready after \(ready.text)")
            try measure(fleet, cluster)
        } catch {
            note("what the programs said last:\n\(fleet.logTails())")
            throw error
        }
    }

    private func measure(_ fleet: BenchmarkFleet, _ cluster: PostgreSQLCluster) throws {
        note("selling \(Self.clients * Self.customersPerClient) subscriptions")
        let api = fleet.api
        let customers = try concurrently(Self.clients) { _ in
            try (0..<Self.customersPerClient).map { _ in try Customer.subscribe(api, tier: .fleet) }
        }
        let length = Duration.seconds(max(1, seconds / Self.rounds))
        try cluster.prepare()
        _ = try provision(customers, for: .seconds(2))
        var provisions = 0, provisioning = Duration.zero, commits = 0, committing = 0.0
        for round in 1...Self.rounds {
            let load = try cluster.commits(.provisionRows, clients: Self.clients, for: length)
            commits += load.count
            committing += load.elapsed_s
            let start = ContinuousClock.now
            let count = try provision(customers, for: length)
            let elapsed = ContinuousClock.now - start
            provisions += count
            provisioning += elapsed
            let pace = Double(count) / elapsed.seconds
            note("round \(round): \(Int(pace)) provisions/s, \(Int(Double(load.count) / load.elapsed_s)) commits/s")
        }
        let single = try cluster.commits(.peerRow, clients: Self.clients, for: length)
        let ours = Double(provisions) / provisioning.seconds
        let theirs = Double(commits) / committing
        Figure(name: "provisions_per_s", value: ours, unit: "1/s", n: provisions).emit()
        Figure(name: "pgbench_per_s", value: theirs, unit: "1/s", n: commits).emit()
        let singleRow = Double(single.count) / single.elapsed_s
        Figure(name: "pgbench_single_row_per_s", value: singleRow, unit: "1/s", n: single.count).emit()
        Figure(name: "ratio_pgbench", value: ours / theirs, unit: "x", n: Self.rounds).emit()
    }

    /// - Returns: how many were answered 201; anything else is an error.
    private func provision(_ customers: [[Customer]], for length: Duration) throws -> Int {
        let deadline = ContinuousClock.now + length
        return try concurrently(customers.count) { number in
            let connection = try customers[number][0].api.connect()
            var count = 0
            while ContinuousClock.now < deadline {
                let key = Base64.encode(RandomBytes.make(PublicKey.byteCount))
                let token = customers[number][count % Self.customersPerClient].token
                try connection.createPeer(publicKey: key, region: Self.region, token: token).expect(201)
                count += 1
            }
            return count
        }
        .reduce(0, +)
    }
}
