import Foundation
import LabSupport
import Testing

extension LabTests {
    /// A node that dies for good, and the one that takes its place: a provider makes it as a namespace of the lab.
    @Suite struct Capacity {
        /// Writes each request where the test finds it, and answers at once: the machine comes later, or never.
        private static let provider = """
            #!/bin/sh
            set -eu
            umask 077
            cat > "DIRECTORY/spool/$$.part"
            mv "DIRECTORY/spool/$$.part" "DIRECTORY/spool/$$.json"
            echo '{"reference": "namespace"}'

            """

        /// Nothing but peers without a place makes the coordinator ask.
        private static let terms = """
            [capacity]
            mode = "apply"
            headroom = false
            target_percent = 99
            scale_up_above_percent = 100
            scale_down_below_percent = 0

            [provider]
            command = "DIRECTORY/provider"
            coordinators = ["\(LabAddresses.coordinatorAddress):7443"]
            """

        @Test(.timeLimit(.minutes(5)))
        func `a node that is lost for good is replaced by one that the provider makes`() async throws {
            var settings = FleetSite.impatient
            settings.nodeCapacity = 10
            settings.more = Capacity.terms
            try await FleetSite.with(nodes: 2, settings: settings) { site in
                let spool = try Capacity.installProvider(site.lab)
                try site.makePeers(13)
                let dead = try site.home()
                dead.agent.kill()
                try dead.reboot()
                let request = try Capacity.request(in: spool)
                let userData = try unwrap(request["user_data"] as? String, "no user data")
                let line = try unwrap(userData.split(separator: "\n").first { $0.contains("hfj1.") }, "no token")
                let token = try unwrap(line.split(separator: " ").last, "no token in \(line)")
                try require(request["region"] as? String == FleetSite.region, "another region")
                try site.addNode(token: String(token))
                try wait(for: "everyone to have a place", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM operations WHERE kind = 'replace' AND state = 'done'") == "1"
                }
                try site.client.switchServer(to: try site.customer.configuration(of: site.peer))
                try site.client.reach(LabAddresses.outsideIPv4)
                try site.requireSound()
                try wait(for: "the request to be fulfilled", within: .seconds(20)) {
                    try site.ask("SELECT state FROM capacity_requests") == "enrolled"
                }
                // Asked twice, a provider may make two machines: the second has a spent token.
                let second = try site.lab.makeNode(region: FleetSite.region)
                let refused = Result { try second.enroll(with: site.coordinator, token: String(token)) }
                guard case .failure = refused else { throw LabFailure("one token enrolled two nodes") }
            }
        }

        private static func installProvider(_ lab: Lab) throws -> String {
            let spool = "\(lab.directory)/spool"
            try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
            let script = provider.replacingOccurrences(of: "DIRECTORY", with: lab.directory)
            let path = "\(lab.directory)/provider"
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            // The coordinator may run as another user.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: spool)
            return spool
        }

        private static func request(in spool: String) throws -> [String: Any] {
            var path: String?
            try wait(for: "the provider to be asked", within: .seconds(90)) {
                let names = try FileManager.default.contentsOfDirectory(atPath: spool)
                path = names.first { $0.hasSuffix(".json") }.map { "\(spool)/\($0)" }
                return path != nil
            }
            let data = try Data(contentsOf: URL(fileURLWithPath: try unwrap(path, "no request")))
            return try unwrap(try JSONSerialization.jsonObject(with: data) as? [String: Any], "no object")
        }
    }
}
