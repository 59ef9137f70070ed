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
            case $(cat DIRECTORY/manner) in
            hang) sleep 1000 ;;
            fail) echo "no more machines of this kind" >&2; exit 1 ;;
            esac
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

            cooldown_s = 5
            request_lifetime_s = 45

            [provider]
            timeout_s = 2
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
                let request = try Capacity.requests(in: spool)[0]
                let token = try request.token()
                try require(request.region == FleetSite.region, "another region")
                try site.addNode(token: token)
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
                let refused = Result { try second.enroll(with: site.coordinator, token: token) }
                guard case .failure = refused else { throw LabFailure("one token enrolled two nodes") }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `a provider that hangs, fails and lies harms nobody, and is asked anew`() async throws {
            var settings = FleetSite.impatient
            settings.nodeCapacity = 10
            settings.more = Capacity.terms
            try await FleetSite.with(nodes: 2, settings: settings) { site in
                let spool = try Capacity.installProvider(site.lab)
                try site.makePeers(13)
                let home = try site.home()
                let dead = try unwrap(site.nodes.first { $0 !== home }, "no other node")
                let probe = try site.startPing()
                try Capacity.act("hang", site.lab)
                dead.agent.kill()
                try dead.reboot()
                try Capacity.waitForError("not done within its time, and killed", site)
                try Capacity.act("fail", site.lab)
                try Capacity.waitForError("exit status 1: no more machines of this kind", site)
                // From here on it says that it makes the node, and makes none.
                try Capacity.act("lie", site.lab)
                let first = try Capacity.requests(in: spool)[0]
                try wait(for: "another request", within: .seconds(120)) {
                    try Capacity.requests(in: spool).contains { $0.request_id != first.request_id }
                }
                let second = try unwrap(
                    try Capacity.requests(in: spool).first { $0.request_id != first.request_id },
                    "no other request"
                )
                try site.addNode(token: try second.token())
                let late = try site.lab.makeNode(region: FleetSite.region)
                let refused = Result { try late.enroll(with: site.coordinator, token: try first.token()) }
                guard case .failure(let refusal) = refused, "\(refusal)".contains("expired") else {
                    throw LabFailure("a machine of the first request: \(refused)")
                }
                try wait(for: "everyone to have a place", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM operations WHERE kind = 'replace' AND state = 'done'") == "1"
                }
                try site.requireSound()
                try probe.stopHavingLostNothing()
            }
        }

        private struct Request: Decodable {
            let request_id: String
            let region: String
            let user_data: String

            func token() throws -> String {
                let line = try unwrap(user_data.split(separator: "\n").first { $0.contains("hfj1.") }, "no token")
                return String(try unwrap(line.split(separator: " ").last, "no token in \(line)"))
            }
        }

        private static func waitForError(_ words: String, _ site: FleetSite) throws {
            try wait(for: "the request to say: \(words)", within: .seconds(90)) {
                try site.ask("SELECT count(*) FROM capacity_requests WHERE last_error = '\(words)'") == "1"
            }
        }

        /// What the provider does when it is asked from now on.
        private static func act(_ manner: String, _ lab: Lab) throws {
            try manner.write(toFile: "\(lab.directory)/manner", atomically: true, encoding: .utf8)
        }

        private static func installProvider(_ lab: Lab) throws -> String {
            let spool = "\(lab.directory)/spool"
            try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
            let script = provider.replacingOccurrences(of: "DIRECTORY", with: lab.directory)
            let path = "\(lab.directory)/provider"
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            try act("accept", lab)
            // The coordinator may run as another user.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: spool)
            return spool
        }

        /// Waits for the first.
        private static func requests(in spool: String) throws -> [Request] {
            var names: [String] = []
            try wait(for: "the provider to be asked", within: .seconds(90)) {
                names = try FileManager.default.contentsOfDirectory(atPath: spool).filter { $0.hasSuffix(".json") }
                return !names.isEmpty
            }
            return try names.map { name in
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(spool)/\(name)"))
                return try JSONDecoder().decode(Request.self, from: data)
            }
        }
    }
}
