import Cryptography
import Foundation
import LinkProtocol
import LinkTestPeer
import Model
import PeerTable
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized) struct DaemonTests {
    private func enrolled() throws -> DaemonBench {
        let bench = try DaemonBench()
        let answer = try bench.enrol()
        try #require(answer.status == 0, "\(answer.output)")
        return bench
    }

    @Test func `a node enrols, stores what it is told, acknowledges, and starts again from its disk`() throws {
        let bench = try enrolled()
        bench.deltas = (1...50).map { DaemonBench.delta($0) }
        try bench.start()
        try bench.pump { bench.acknowledged?.revision == Revision(50) }
        #expect(bench.acknowledged?.tableDigest == bench.digest(upTo: 50))
        #expect(try bench.figure("table", "peers") == 50)
        #expect(try bench.figure("device", "peers") == 50)
        #expect(try bench.figure("device", "drift_repaired") == 0)
        let link = try #require(try bench.status()["link"] as? [String: Any])
        #expect(link["state"] as? String == "connected")
        let peers = try bench.run(["peers", "--state-dir", bench.state])
        #expect(peers.output.split(separator: "\n").count == 50)
        #expect(try bench.end(SIGKILL).wasKilled)
        try bench.start()
        try bench.pump { bench.hello?.appliedRevision == Revision(50) }
        #expect(bench.hello?.tableDigest == bench.digest(upTo: 50))
        let stopped = try bench.end(SIGTERM)
        #expect(stopped.status == 0, "\(stopped.output)")
        #expect(bench.server.received.contains { if case .farewell = $0 { true } else { false } })
    }

    @Test func `killed at any moment, the agent loses no change that it acknowledged`() throws {
        let bench = try enrolled()
        bench.deltas = (1...500).map { DaemonBench.delta($0) }
        for _ in 0..<20 {
            let before = bench.acknowledged?.revision ?? .zero
            try bench.start()
            try bench.pump { bench.hello != nil }
            let applied = try #require(bench.hello).appliedRevision
            #expect(applied >= before)
            #expect(bench.hello?.tableDigest == bench.digest(upTo: applied.number))
            let goal = min(500, before.number + UInt64.random(in: 0...40))
            // What it has already, Hello said, and no acknowledgement will.
            try bench.pump { max(applied.number, bench.acknowledged?.revision.number ?? 0) >= goal }
            _ = try bench.end(SIGKILL)
        }
        // One more: killed between the last commit and its acknowledgement, an agent owes none for what Hello tells.
        bench.deltas.append(DaemonBench.delta(501))
        try bench.start()
        try bench.pump { bench.acknowledged?.revision == Revision(501) }
        #expect(bench.acknowledged?.tableDigest == bench.digest(upTo: 501))
        #expect(bench.refusals.isEmpty)
    }

    @Test func `a damaged table is not touched, and the exit status says that a person is needed`() throws {
        let bench = try enrolled()
        let path = bench.state + "/table.db"
        try Data(repeating: 7, count: 9000).write(to: URL(fileURLWithPath: path))
        try? FileManager.default.removeItem(atPath: path + "-wal")
        let answer = try bench.run([
            "run", "--state-dir", bench.state, "--status-socket", bench.socket, "--simulated-device",
        ])
        #expect(answer.status == 78)
        #expect(answer.output.contains("reset-table"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(repeating: 7, count: 9000))
        #expect(try bench.run(["reset-table", "--state-dir", bench.state]).status == 64)
        #expect(try bench.run(["reset-table", "--yes", "--state-dir", bench.state]).status == 0)
        bench.deltas = [DaemonBench.delta(1)]
        try bench.start()
        try bench.pump { bench.acknowledged?.revision == Revision(1) }
    }

    @Test func `a table that is gone is not made anew`() throws {
        let bench = try enrolled()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: bench.state + "/table.db" + suffix)
        }
        let answer = try bench.run([
            "run", "--state-dir", bench.state, "--status-socket", bench.socket, "--simulated-device",
        ])
        #expect(answer.status == 78)
        #expect(!FileManager.default.fileExists(atPath: bench.state + "/table.db"))
    }

    @Test func `enrolling again with the same token is no harm, and with another needs force`() throws {
        let bench = try enrolled()
        let again = try bench.enrol()
        #expect(again.status == 0 && again.output.contains("already"))
        #expect(bench.enrolmentRequests.count == 1)
        let other = JoinToken.generate(region: bench.token.region, authorityPin: bench.token.authorityPin)
        let refused = try bench.enrol(token: other)
        #expect(refused.status == 78 && refused.output.contains("--force"))
        let forced = try bench.enrol(["--force"], token: other)
        #expect(forced.status == 69 && forced.output.contains("unknown"))
    }

    @Test func `an enrolment that was cut off is repeated with the same keys`() throws {
        let bench = try DaemonBench()
        let unknown = JoinToken.generate(region: bench.token.region, authorityPin: bench.token.authorityPin)
        #expect(try bench.enrol(token: unknown).status == 69)
        #expect(try bench.enrol().status == 0)
        let requests = bench.enrolmentRequests
        try #require(requests.count == 2)
        #expect(requests[0].wireguardPublicKey == requests[1].wireguardPublicKey)
        #expect(!FileManager.default.fileExists(atPath: bench.state + "/enrolment-key.pem"))
    }

    @Test func `a key that others can read is refused with the remedy`() throws {
        let bench = try enrolled()
        for name in ["identity.pem", "wireguard.key"] {
            let path = "\(bench.state)/\(name)"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let answer = try bench.run([
                "run", "--state-dir", bench.state, "--simulated-device", "--status-socket", bench.socket,
            ])
            #expect(answer.status == 78 && answer.output.contains("chmod 600"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
    }

    @Test func `the exit policy wants an enrolment, and takes interface and port from it`() throws {
        let bench = try DaemonBench()
        let early = try bench.run(["exit-policy", "load", "--state-dir", bench.state])
        #expect(early.status == 78 && early.output.contains("not enrolled"))
        #expect(try bench.enrol(["--interface", "wg7"]).status == 0)
        let policy = bench.folder + "/policy.nft"
        let settings = ["HOLDFAST_EXIT_POLICY_FILE": policy]
        let missing = try bench.run(["exit-policy", "show", "--state-dir", bench.state], environment: settings)
        #expect(missing.status == 66 && missing.output.contains(policy))
        try "# mine\n".write(toFile: policy, atomically: true, encoding: .utf8)
        let shown = try bench.run(["exit-policy", "show", "--state-dir", bench.state], environment: settings)
        #expect(shown.status == 0 && shown.output.hasPrefix("define tunnel = \"wg7\"\n"), "\(shown)")
        #expect(shown.output.contains("\n# mine\n"))
        let wrong = settings.merging(["HOLDFAST_EXIT_EXTRA_LISTEN_PORTS": "51820"]) { _, new in new }
        let refused = try bench.run(["exit-policy", "show", "--state-dir", bench.state], environment: wrong)
        #expect(refused.status == 78 && refused.output.contains("exit.extra_listen_ports"), "\(refused)")
    }

    @Test func `a purge that cannot tell which interface is the node's removes nothing`() throws {
        let bench = try DaemonBench()
        #expect(try bench.enrol().status == 0)
        let record = bench.state + "/node.conf"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: record)
        let refused = try bench.run(["purge", "--yes", "--state-dir", bench.state])
        #expect(refused.status == 78 && refused.output.contains("nothing was removed"), "\(refused)")
        #expect(FileManager.default.fileExists(atPath: bench.state + "/identity.pem"))
        #expect(try bench.run(["purge", "--state-dir", bench.state]).status == 64)
    }

    @Test func `an operator's command leaves every file to the state directory's owner`() throws {
        let bench = try DaemonBench()
        // CI runs this as root, who becomes the owner; anybody else is the owner already.
        let owner = geteuid() == 0 ? 65_534 : Int(geteuid())
        try FileManager.default.createDirectory(atPath: bench.state, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: bench.state)
        if geteuid() == 0 { chown(bench.state, uid_t(owner), gid_t(owner)) }
        #expect(try bench.enrol().status == 0)
        #expect(try bench.run(["peers", "--state-dir", bench.state]).status == 0)
        #expect(try bench.run(["reset-table", "--yes", "--state-dir", bench.state]).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.state)
        #expect(names.contains("identity.pem") && names.contains("lock") && names.contains("table.db"))
        for name in names {
            let facts = try FileManager.default.attributesOfItem(atPath: "\(bench.state)/\(name)")
            #expect(facts[.ownerAccountID] as? Int == owner, "\(name)")
        }
    }

    @Test func `an unattended enrolment finds coordinator and token where systemd and the settings have them`() throws {
        let bench = try DaemonBench()
        let credentials = bench.folder + "/credentials"
        try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: true)
        let arguments = ["enroll", "--name", "exit1", "--state-dir", bench.state]
        let coordinators = ["HOLDFAST_LINK_COORDINATORS": "127.0.0.1:\(bench.server.port)"]
        let systemd = coordinators.merging(["CREDENTIALS_DIRECTORY": credentials]) { $1 }
        #expect(try bench.run(arguments, environment: systemd).status == 64)
        try bench.token.text.reveal().write(toFile: credentials + "/join-token", atomically: true, encoding: .utf8)
        #expect(try bench.run(arguments, environment: ["CREDENTIALS_DIRECTORY": credentials]).status == 64)
        let wrong = try bench.run(arguments, environment: systemd.merging(["HOLDFAST_NODE_ENDPOINT": "nowhere"]) { $1 })
        #expect(wrong.status == 64 && wrong.output.contains("node.endpoint"))
        // What the agent will state at each link is what the node enrols with.
        let node = ["HOLDFAST_NODE_ENDPOINT": "exit1.example.net:4500", "HOLDFAST_NODE_LISTEN_PORT": "4501"]
        #expect(try bench.run(arguments, environment: systemd.merging(node) { $1 }).status == 0)
        let request = try #require(bench.enrolmentRequests.last)
        #expect(request.endpoint == HostPort("exit1.example.net:4500") && request.listenPort == 4501)
    }

    @Test func `one agent at a time`() throws {
        let bench = try enrolled()
        try bench.start()
        try bench.pump { bench.hello != nil }
        let second = try bench.run([
            "run", "--state-dir", bench.state, "--status-socket", bench.socket + "2", "--simulated-device",
        ])
        #expect(second.status == 75)
    }

    @Test func `without a coordinator the agent is ready all the same`() throws {
        let bench = try enrolled()
        bench.deltas = [DaemonBench.delta(1)]
        try bench.start()
        try bench.pump { bench.acknowledged != nil }
        _ = try bench.end(SIGKILL)
        let child = try Child(
            [
                "run", "--state-dir", bench.state, "--status-socket", bench.socket, "--simulated-device",
            ],
            environment: ["HOLDFAST_LINK_COORDINATORS": "127.0.0.1:1"],
            in: bench.folder
        )
        defer { child.signal(SIGKILL) }
        try bench.pump {
            FileManager.default.fileExists(atPath: bench.socket) && (try? bench.status()["ready"] as? Bool) == true
        }
        #expect(try bench.figure("device", "peers") == 1)
        let link = try #require(try bench.status()["link"] as? [String: Any])
        #expect(link["state"] as? String != "connected")
    }
}
