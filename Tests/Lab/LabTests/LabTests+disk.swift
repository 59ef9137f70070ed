import Foundation
import LabSupport
import Testing

extension LabTests {
    @Suite struct Disk {
        @Test(.timeLimit(.minutes(3)))
        func `a full disk acknowledges nothing, keeps the tunnels, and recovers with space`() async throws {
            var settings = CoordinatorProcess.Settings()
            settings.provisionWait_s = 2
            try await Site.with(settings: settings, prepare: Disk.mountSmallDisk) { site in
                let disk = site.node.agent.stateDirectory
                let probe = try site.startPing()
                _ = try Host.own.attempt(["dd", "if=/dev/zero", "of=\(disk)/ballast", "bs=4096"])
                let waiting = try Disk.postUntilNotAcknowledged(site)
                try require(try site.node.agent.process().isRunning, "the agent ended on a full disk")
                try require(
                    try !site.kernelKeys().contains(waiting.publicKey),
                    "the kernel has a peer that is not stored"
                )
                try probe.stopHavingLostNothing()
                try Disk.rebootOnFullDisk(site)
                try FileManager.default.removeItem(atPath: "\(disk)/ballast")
                try wait(for: "the change to be applied", within: .seconds(60)) {
                    try site.kernelKeys().contains(waiting.publicKey)
                        && site.customer.peerStates()[waiting.publicKey] == "active"
                }
            }
        }

        /// Stopped in good order, so that SQLite takes its log away and has to make it anew; started without room.
        private static func rebootOnFullDisk(_ site: Site) throws {
            let peers = try site.kernelKeys()
            try site.node.agent.process().terminate()
            _ = try Host.own.attempt(["dd", "if=/dev/zero", "of=\(site.node.agent.stateDirectory)/more", "bs=4096"])
            try site.node.reboot()
            try require(try site.kernelKeys().isEmpty, "the interface survived the reboot")
            try site.node.agent.start()
            try wait(for: "the peers to come back from a full disk", within: .seconds(30)) {
                try require(try site.node.agent.process().isRunning, "the agent ended on a full disk")
                return try site.kernelKeys() == peers
            }
            try FileManager.default.removeItem(atPath: "\(site.node.agent.stateDirectory)/more")
        }

        @Test(.timeLimit(.minutes(3)))
        func `a read-only disk brings the tunnels back, takes no change, and is used again once it can be`()
            async throws
        {
            try await Site.with(prepare: Disk.mountSmallDisk) { site in
                let disk = site.node.agent.stateDirectory
                for _ in 0..<4 { _ = try site.customer.makePeer(region: Site.region) }
                let last = try site.customer.makePeer(region: Site.region)
                let peers = try site.kernelKeys()
                // Killed, so that the last changes are in the log alone.
                site.node.agent.kill()
                try Host.own.run("mount", "-o", "remount,ro", disk)
                try site.node.reboot()
                try site.node.agent.start()
                try site.node.agent.wait(for: "the tunnels from a read-only disk") { $0.isInStep && $0.isLinked }
                try require(try site.kernelKeys() == peers, "the kernel has other peers than the table")
                try Disk.refuseNewcomer(site)
                try Host.own.run("mount", "-o", "remount,rw", disk)
                // Without any change to store: a closed node gets none. Started as systemd does it.
                try wait(for: "the agent to leave its copy", within: .seconds(60), pause: .milliseconds(200)) {
                    try !site.node.agent.process().isRunning
                }
                try require(try site.kernelKeys() == peers, "the kernel lost a peer")
                try site.node.agent.start()
                try site.coordinator.api.connect().deletePeer(last.id, token: site.customer.token).expect(204)
                try wait(for: "the change to be applied", within: .seconds(60), pause: .milliseconds(200)) {
                    try site.kernelKeys() == peers.subtracting([last.publicKey])
                }
                try wait(for: "the node to take newcomers", within: .seconds(60)) {
                    try Disk.answerToNewcomer(site).status == 201
                }
            }
        }

        /// A node that cannot store a change is closed, and the region has no other.
        private static func refuseNewcomer(_ site: Site) throws {
            try answerToNewcomer(site).expect(503)
        }

        private static func answerToNewcomer(_ site: Site) throws -> HTTPResponse {
            let connection = try site.coordinator.api.connect()
            let token = site.customer.token
            return try connection.createPeer(publicKey: ProvisionedPeer.freshKey(), region: Site.region, token: token)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a corrupt table is refused in words, and the running peers stay`() async throws {
            try await Site.with { site in
                let probe = try site.startPing()
                let peers = try site.kernelKeys()
                site.node.agent.kill()
                try Disk.destroyTable(in: site.node.agent.stateDirectory)
                let logged = try site.node.agent.process().log().utf8.count
                try site.node.agent.start()
                let agent = try site.node.agent.process()
                try wait(for: "the agent to refuse the table", within: .seconds(30)) {
                    try require(try site.kernelKeys() == peers, "the running peers were touched")
                    let words = String(decoding: agent.log().utf8.dropFirst(logged), as: UTF8.self).lowercased()
                    return words.contains("corrupt") || words.contains("damaged") || words.contains("malformed")
                }
                try require(agent.exitStatus != 0, "the agent ended as if all were well")
                try probe.stopHavingLostNothing()
                try require(try site.kernelKeys() == peers, "the running peers were touched")
            }
        }

        /// Large enough for the table, small enough to fill at once.
        @Sendable private static func mountSmallDisk(_ node: Node) throws {
            let path = node.agent.stateDirectory
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Host.own.run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "small", path)
        }

        /// A young write-ahead log grows with every change, so that the first post or one soon after it finds no room.
        private static func postUntilNotAcknowledged(_ site: Site) throws -> (publicKey: String, id: String) {
            let connection = try site.coordinator.api.connect()
            for _ in 0..<50 {
                let key = ProvisionedPeer.freshKey()
                let answer = try connection.createPeer(publicKey: key, region: Site.region, token: site.customer.token)
                try answer.expect(201, 202)
                if answer.status == 202 { return (key, try answer.string("id")) }
            }
            throw LabFailure("50 changes were acknowledged on a full disk")
        }

        /// Overwrites the first page of every database, and takes away the log that could restore it.
        private static func destroyTable(in directory: String) throws {
            let files = FileManager.default
            let names = try files.contentsOfDirectory(atPath: directory)
            for name in names where name.hasSuffix("-wal") || name.hasSuffix("-shm") {
                try files.removeItem(atPath: "\(directory)/\(name)")
            }
            let magic = Data("SQLite format 3\0".utf8)
            let tables = names.map { "\(directory)/\($0)" }.filter { path in
                FileHandle(forReadingAtPath: path)?.readData(ofLength: magic.count) == magic
            }
            try require(!tables.isEmpty, "no table in \(directory): \(names)")
            for table in tables {
                let handle = try unwrap(FileHandle(forWritingAtPath: table), "cannot write \(table)")
                handle.write(Data((0..<4096).map { _ in UInt8.random(in: 0...255) }))
                try handle.close()
            }
        }
    }
}
