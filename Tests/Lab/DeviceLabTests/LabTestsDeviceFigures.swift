import Foundation
import Model
import Reconciliation
import Testing
import WireGuardDevice

extension LabTestsDevice {
    /// Our time beside that of `wg`, in the same boot, with the same peers.
    @Suite(.timeLimit(.minutes(5)))
    struct Figures {
        #if DEBUG
            /// Unoptimised code says little about time, and takes minutes for more.
            static let counts = [10_000]
        #else
            static let counts = [10_000, 100_000]
        #endif

        @Test(arguments: counts)
        func `a full table is applied and read back, with its times beside those of wg`(count: Int) throws {
            let clock = ContinuousClock()
            let desired = (0..<count).map(Samples.peer)
            var device = try KernelDevice(InterfaceName("hf-fast")!)
            _ = try device.prepare(Samples.configuration("hf-fast", port: 51910))
            let plan = Plan.reconciling(desired: desired, actual: [])
            let apply = try clock.measure { _ = try device.apply(plan) }
            var peers: [InstalledPeer] = []
            let read = try clock.measure { peers = try device.readPeers() }
            #expect(peers.count == count)
            let compare = clock.measure { #expect(Plan.reconciling(desired: desired, actual: peers).isEmpty) }
            let count180 = try clock.measure { _ = try device.statistics(now: Timestamp(seconds: 0)) }
            let wgDump = try clock.measure { try Command.run("bash", "-c", "wg show hf-fast dump > /dev/null") }
            try Command.run("ip", "link", "delete", "hf-fast")

            let file = NSTemporaryDirectory() + "hf-\(count).conf"
            let lines = desired.map { entry in
                let addresses = entry.allowedIPs.map(\.description).joined(separator: ", ")
                return "[Peer]\nPublicKey = \(entry.publicKey.base64)\nAllowedIPs = \(addresses)\n"
            }
            // With a private key, as ours has: the kernel computes a shared secret for each peer then.
            let head = "[Interface]\nPrivateKey = \(Base64.encode(Samples.privateKey))\n"
            try (head + lines.joined()).write(toFile: file, atomically: false, encoding: .utf8)
            try Command.run("ip", "link", "add", "hf-wg", "type", "wireguard")
            try Command.run("ip", "link", "set", "hf-wg", "up")
            let wgSet = try clock.measure { try Command.run("wg", "setconf", "hf-wg", file) }
            try Command.run("ip", "link", "delete", "hf-wg")
            print(
                "figures peers=\(count) apply=\(apply) wg_setconf=\(wgSet) read=\(read) wg_dump=\(wgDump) "
                    + "compare=\(compare) statistics=\(count180)"
            )
        }
    }
}
