import LabSupport
import Testing

extension LabTests {
    /// The lab itself, without the project's programs: what the other tests see must be what is there.
    @Suite struct Harness {
        @Test(.timeLimit(.minutes(2)))
        func `a tunnel made by hand reaches the host behind the node, and the probe counts what is lost`() async throws
        {
            try await onOwnThread {
                let lab = try Lab()
                do {
                    try Harness.loseSomePackets(lab)
                } catch {
                    try? lab.close()
                    throw error
                }
                try lab.close()
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `closing the lab names a process that was left behind`() async throws {
            try await onOwnThread {
                let lab = try Lab()
                let ready = "\(lab.directory)/ready"
                let loop = "touch \(ready); while :; do sleep 0.1; done"
                let detached = "exec setsid sh -c '\(loop)' \(lab.directory)/daemon </dev/null >/dev/null 2>&1 &"
                try Host.own.run("sh", "-c", detached)
                try wait(for: "the process to run", within: .seconds(20)) {
                    try Host.own.attempt(["test", "-e", ready]).status == 0
                }
                // Not `#expect`: on a thread of our own it would not be this test's.
                var isNamed = false
                do { try lab.close() } catch { isNamed = "\(error)".contains("\(lab.directory)/daemon") }
                try require(isNamed, "the process that was left behind was not named")
            }
        }

        private static func loseSomePackets(_ lab: Lab) throws {
            let node = try lab.makeNode(region: Site.region)
            try node.enrollByHand()
            var tunnel = try HandmadeTunnel(on: node)
            let client = try tunnel.connect(try lab.makeClient()).client
            try client.reach(LabAddresses.outsideIPv4)
            try client.reach(LabAddresses.outsideIPv6)
            let quiet = try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
            rest(.seconds(1))
            try quiet.stopHavingLostNothing()
            let disturbed = try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
            rest(.milliseconds(500))
            try node.host.run("ip", "link", "set", "beyond", "down")
            rest(.milliseconds(500))
            try node.host.run("ip", "link", "set", "beyond", "up")
            try client.reach(LabAddresses.outsideIPv4)
            let tally = try disturbed.stop()
            try require(tally.lost >= 5 && tally.lost < tally.sent, "\(tally.lost) lost of \(tally.sent)")
            try require(tally.longestSilence >= .milliseconds(400), "silent for \(tally.longestSilence.text)")
        }
    }
}
