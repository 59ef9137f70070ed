import BenchmarkSupport
import Cryptography
import LabSupport
import Model

/// One provision at a time, on three routes to the same node, in one kernel and in turn.
struct LabMode {
    private static let region = "fra1"
    private static let peersForMemory = 1000
    let samples: Int

    private struct Samples {
        var fresh = Sample()
        var open = Sample()
        var holdfast = Sample()
    }

    func run() throws {
        let lab = try Lab()
        do {
            try measure(lab)
        } catch {
            note("what the programs said last:\n\(lab.logTails())")
            try? lab.close()
            throw error
        }
        try lab.close()
    }

    private func measure(_ lab: Lab) throws {
        let coordinator = try CoordinatorProcess(lab: lab)
        let started = try coordinator.start()
        note("coordinator ready after \(started.text)")
        let node = try lab.makeNode(region: Self.region)
        try node.enroll(with: coordinator)
        try node.agent.start()
        try coordinator.api.waitForRegion(Self.region)
        // Idle: linked to its node and nothing asked of it.
        rest(.seconds(5))
        let idle_mb = try coordinator.process().residentMemory_mb()
        Figure(name: "coordinator_rss_mb_idle", value: idle_mb, unit: "MB", n: 1).emit()

        let customer = try Customer.subscribe(coordinator.api, tier: .fleet)
        let ssh = try SSHRoute(node: node, lab: lab)
        let times = try takeTurns(ssh, customer)
        try require(try ssh.peerCount() == times.fresh.count + times.open.count + 2, "ssh did not set every peer")
        ssh.close()
        emit(times)

        try fill(node, customer, to: Self.peersForMemory)
        let agent_mb = try node.agent.process().residentMemory_mb()
        Figure(name: "agent_rss_mb_1k", value: agent_mb, unit: "MB", n: 1).emit()
    }

    /// Interleaved, so that whatever else the machine does meets all three alike.
    private func takeTurns(_ ssh: SSHRoute, _ customer: Customer) throws -> Samples {
        let connection = try customer.api.connect()
        var times = Samples()
        // One of each unmeasured: caches and lazily made state are warm for all.
        try ssh.setOverFreshConnection(Self.key(), "10.99.255.1/32")
        try ssh.setOverOpenConnection(Self.key(), "10.99.255.2/32")
        try Self.provision(connection, customer, Self.key())
        for number in 0..<samples {
            let keys = (Self.key(), Self.key(), Self.key())
            let host = "\(number / 250).\(number % 250 + 1)"
            try times.fresh.time { try ssh.setOverFreshConnection(keys.0, "10.98.\(host)/32") }
            try times.open.time { try ssh.setOverOpenConnection(keys.1, "10.97.\(host)/32") }
            try times.holdfast.time { try Self.provision(connection, customer, keys.2) }
            if (number + 1) % 50 == 0 { note("\(number + 1) of \(samples) on each route") }
        }
        return times
    }

    private func emit(_ times: Samples) {
        let fresh = times.fresh.percentile_ms(50), open = times.open.percentile_ms(50)
        let holdfast = times.holdfast.percentile_ms(50)
        Figure(name: "ssh_fresh_p50_ms", value: fresh, unit: "ms", n: samples).emit()
        Figure(name: "ssh_open_p50_ms", value: open, unit: "ms", n: samples).emit()
        Figure(name: "holdfast_p50_ms", value: holdfast, unit: "ms", n: samples).emit()
        Figure(name: "holdfast_p99_ms", value: times.holdfast.percentile_ms(99), unit: "ms", n: samples).emit()
        Figure(name: "ratio_ssh_fresh_p50", value: fresh / holdfast, unit: "x", n: samples).emit()
        Figure(name: "ratio_ssh_open_p50", value: open / holdfast, unit: "x", n: samples).emit()
    }

    private func fill(_ node: Node, _ customer: Customer, to count: Int) throws {
        let connection = try customer.api.connect()
        for _ in try node.kernelPeers().count..<count { try Self.provision(connection, customer, Self.key()) }
        try require(try node.kernelPeers().count == count, "the kernel does not have \(count) peers")
    }

    private static func provision(_ connection: HTTPConnection, _ customer: Customer, _ key: String) throws {
        try connection.createPeer(publicKey: key, region: region, token: customer.token).expect(201)
    }

    /// A device's public key: any 32 bytes are one.
    private static func key() -> String {
        Base64.encode(RandomBytes.make(PublicKey.byteCount))
    }
}
