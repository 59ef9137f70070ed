import Foundation
import Model
import Netlink
import Reconciliation
import Testing

@testable import WireGuardDevice

/// One at a time: the kernel has one network.
@Suite(.serialized)
struct LabTestsDevice {}

extension LabTestsDevice {
    /// The device against the real kernel, checked by `wg` and `ip`.
    @Suite(.timeLimit(.minutes(5)))
    struct Behaviour {
        /// A made device, and the interface's end when the test ends.
        private func withDevice(_ name: String, _ body: (inout KernelDevice, String) throws -> Void) throws {
            var device = try KernelDevice(InterfaceName(name)!)
            #expect(try device.prepare(Samples.configuration(name, port: 51900)))
            defer { _ = try? Command.run("ip", "link", "delete", name) }
            try body(&device, name)
        }

        private func reconcile(_ device: inout KernelDevice, to desired: [PeerEntry]) throws -> (Plan, ApplyReport) {
            let plan = Plan.reconciling(desired: desired, actual: try device.readPeers())
            return (plan, try device.apply(plan))
        }

        /// What `wg` sees: allowed-ips by key, sorted as text.
        private func shown(_ name: String) throws -> [String: [String]] {
            var peers: [String: [String]] = [:]
            for line in try Command.run("wg", "show", name, "allowed-ips").split(separator: "\n") {
                let parts = line.split(separator: "\t")
                let addresses = parts[1].split(separator: " ").map(String.init).filter { $0 != "(none)" }
                peers[String(parts[0])] = addresses.sorted()
            }
            return peers
        }

        private func expected(_ entries: [PeerEntry]) -> [String: [String]] {
            Dictionary(
                uniqueKeysWithValues: entries.map { entry in
                    (entry.publicKey.base64, entry.allowedIPs.map(\.description).sorted())
                }
            )
        }

        @Test func `an interface is made as wg and ip see it`() throws {
            try withDevice("hf-make") { _, name in
                let dump = try Command.run("wg", "show", name, "dump").split(whereSeparator: \.isWhitespace)
                // The kernel clamps a private key.
                var key = Samples.privateKey
                key[0] &= 248
                key[31] = key[31] & 127 | 64
                #expect(dump[0] == Base64.encode(key))
                #expect(dump[2] == "51900")
                let link = try Command.run("ip", "-o", "address", "show", "dev", name)
                #expect(link.contains("10.64.0.1/10") && link.contains("fd00::1/64") && !link.contains("tentative"))
                #expect(try Command.run("ip", "link", "show", "dev", name).contains("mtu 1380"))
                #expect(try Command.run("ip", "link", "show", "dev", name).contains("UP"))
            }
        }

        @Test func `an interface that exists is adopted with its peers`() throws {
            try withDevice("hf-adopt") { device, name in
                _ = try device.apply(Plan.delta(upserts: [Samples.peer(1)], removals: [], known: { _ in nil }))
                try Command.run("ip", "link", "set", name, "mtu", "1300", "down")
                var second = try KernelDevice(InterfaceName(name)!)
                let isNew = try second.prepare(Samples.configuration(name, port: 51901))
                #expect(!isNew)
                #expect(try second.readPeers() == [InstalledPeer(Samples.peer(1))])
                #expect(try Command.run("wg", "show", name, "listen-port") == "51901\n")
                let link = try Command.run("ip", "link", "show", "dev", name)
                #expect(link.contains("mtu 1380") && link.contains("UP"))
                #expect(try Command.run("ip", "-o", "address", "show", "dev", name).contains("fd00::1/64"))
            }
        }

        @Test func `preparing what is right already changes nothing`() throws {
            try withDevice("hf-same") { device, name throws in
                // The kernel tells of the IPv6 routes of what was just made a little later.
                var quiet = 0
                while quiet < 20 {
                    try Command.run("ip", "link", "show", "dev", name)
                    quiet = device.drainEvents().isEmpty ? quiet + 1 : 0
                }
                let isNew = try device.prepare(Samples.configuration(name, port: 51900))
                #expect(!isNew)
                #expect(device.drainEvents().isEmpty)
            }
        }

        @Test
        func `a host without IPv6 keeps its peers on IPv4, which is no trouble, and gets IPv6 when there is some`()
            throws
        {
            let (name, path) = ("wgno6", "net.ipv6.conf.default.disable_ipv6")
            try Command.run("sysctl", "-q", "-w", "\(path)=1")
            defer { _ = try? Command.run("sysctl", "-q", "-w", "\(path)=0") }
            var device = try KernelDevice(InterfaceName(name)!)
            defer { _ = try? Command.run("ip", "link", "delete", name) }
            let configuration = Samples.configuration(name, port: 51901)
            #expect(try device.prepare(configuration))
            var trouble = device.trouble
            var lacksIPv6 = device.lacksIPv6
            #expect(trouble == nil && lacksIPv6)
            let (_, report) = try reconcile(&device, to: (1...3).map { Samples.peer($0) })
            #expect(report.refusals.isEmpty)
            #expect(try device.readPeers().count == 3)
            try Command.run("sysctl", "-q", "-w", "net.ipv6.conf.\(name).disable_ipv6=0")
            _ = try device.prepare(configuration)
            trouble = device.trouble
            lacksIPv6 = device.lacksIPv6
            #expect(trouble == nil && !lacksIPv6)
        }

        @Test func `what another hand changed is put right and told`() throws {
            try withDevice("hf-told") { device, name in
                _ = try device.prepare(Samples.configuration(name, port: 51900))
                var repairs = device.repairs
                #expect(repairs == [])
                try Command.run("wg", "set", name, "listen-port", "51999")
                try Command.run("ip", "link", "set", name, "mtu", "1300")
                try Command.run("ip", "address", "delete", "10.64.0.1/10", "dev", name)
                _ = try device.prepare(Samples.configuration(name, port: 51900))
                repairs = device.repairs
                #expect(repairs == [.listenPort(51999), .mtu(1300), .address(IPPrefix("10.64.0.1/10")!)])
            }
        }

        /// What unloading and loading the module does: the family comes back with another number.
        @Test func `a family whose number is another one now is asked for again`() throws {
            try withDevice("hf-family") { device, _ in
                let found = device.interfaceIndex
                let index = try #require(found)
                var connection = try WireGuardConnection(familyName: "wireguard")
                let right = connection.family
                for _ in 0..<2 {
                    connection.family = 1000
                    #expect(try connection.head(index: index).listenPort == 51900)
                    #expect(connection.family == right)
                }
                connection.family = 1000
                #expect(try connection.peers(index: index, handshakesOf: []).peers.isEmpty)
            }
        }

        @Test func `an interface of another kind is left alone`() throws {
            try Command.run("ip", "link", "add", "hf-other", "type", "veth", "peer", "name", "hf-other2")
            defer { _ = try? Command.run("ip", "link", "delete", "hf-other") }
            var device = try KernelDevice(InterfaceName("hf-other")!)
            #expect(throws: DeviceError.notWireGuard(InterfaceName("hf-other")!, kind: "veth")) {
                _ = try device.prepare(Samples.configuration("hf-other", port: 51900))
            }
        }

        @Test func `a port that another interface has is named`() throws {
            try withDevice("hf-port1") { _, _ in
                var second = try KernelDevice(InterfaceName("hf-port2")!)
                defer { _ = try? Command.run("ip", "link", "delete", "hf-port2") }
                #expect(throws: DeviceError.portInUse(51900)) {
                    _ = try second.prepare(Samples.configuration("hf-port2", port: 51900))
                }
            }
        }

        @Test func `a family that the kernel lacks is WireGuard missing`() throws {
            #expect(throws: DeviceError.wireGuardUnavailable) {
                _ = try KernelDevice(InterfaceName("hf-none")!, familyName: "hf-none")
            }
        }

        @Test func `10,000 peers are applied, read back, and not touched again`() throws {
            try withDevice("hf-many") { device, name in
                let desired = (0..<10_000).map(Samples.peer)
                let (plan, report) = try reconcile(&device, to: desired)
                #expect(plan.drift == Drift(missing: 10_000))
                #expect(report.refusals.isEmpty && report.peersSet == 10_000)
                #expect(report.messagesSent <= 25)
                #expect(try Set(device.readPeers()) == Set(desired.map { InstalledPeer($0) }))
                #expect(try shown(name) == expected(desired))
                let (again, nothing) = try reconcile(&device, to: desired)
                #expect(again.isEmpty && nothing.messagesSent == 0)
                #expect(try device.statistics(now: Timestamp(seconds: 0)).peers == 10_000)
            }
        }

        @Test func `peers with more allowed-ips than a message holds come back whole`() throws {
            try withDevice("hf-long") { device, name in
                let long = PeerEntry(publicKey: Samples.key(1), allowedIPs: (0..<6_000).map(Samples.v4))
                let others = (2..<40).map { number in
                    let addresses = (0..<300).map { Samples.v4(10_000 + 300 * number + $0) }
                    return PeerEntry(publicKey: Samples.key(number), allowedIPs: addresses)
                }
                let desired = [long] + others
                let (_, report) = try reconcile(&device, to: desired)
                #expect(report.refusals.isEmpty)
                #expect(try shown(name) == expected(desired))
                #expect(try reconcile(&device, to: desired).0.isEmpty)
                #expect(try device.statistics(now: Timestamp(seconds: 0)).peers == desired.count)
            }
        }

        @Test func `what hands have done is repaired, and nothing else touched`() throws {
            try withDevice("hf-drift") { device, name in
                let desired = (0..<50).map(Samples.peer)
                _ = try reconcile(&device, to: desired)
                try Command.run("wg", "set", name, "peer", Samples.key(3).base64, "remove")
                let stranger = Samples.key(999).base64
                try Command.run("wg", "set", name, "peer", stranger, "allowed-ips", "10.99.0.1/32")
                // Takes the address from peer 5 without a word.
                let taken = (Samples.peer(6).allowedIPs + [Samples.v4(5)]).map(\.description).joined(separator: ",")
                try Command.run("wg", "set", name, "peer", Samples.key(6).base64, "allowed-ips", taken)
                try Command.run("wg", "set", name, "peer", Samples.key(7).base64, "persistent-keepalive", "25")
                try Command.run("bash", "-c", "wg set \(name) peer \(Samples.key(8).base64) preshared-key <(wg genpsk)")
                try Command.run("wg", "set", name, "peer", Samples.key(9).base64, "endpoint", "192.0.2.1:1")
                let (plan, report) = try reconcile(&device, to: desired)
                #expect(plan.drift == Drift(missing: 1, changed: 4, surplus: 1))
                #expect(report.messagesSent == 1 && report.refusals.isEmpty)
                #expect(try shown(name) == expected(desired))
                #expect(try reconcile(&device, to: desired).0.isEmpty)
                let keepalives = try Command.run("wg", "show", name, "persistent-keepalive")
                #expect(!keepalives.contains("25"))
                let keys = try Command.run("wg", "show", name, "preshared-keys").split(separator: "\n")
                #expect(keys.allSatisfy { $0.hasSuffix("(none)") })
            }
        }

        @Test func `addresses that two peers exchange end where they belong`() throws {
            try withDevice("hf-swap") { device, name in
                let before = [Samples.peer(1), Samples.peer(2), Samples.peer(3)]
                _ = try reconcile(&device, to: before)
                let after = [
                    PeerEntry(publicKey: Samples.key(1), allowedIPs: before[1].allowedIPs),
                    PeerEntry(publicKey: Samples.key(2), allowedIPs: before[2].allowedIPs),
                    PeerEntry(publicKey: Samples.key(3), allowedIPs: before[0].allowedIPs),
                ]
                _ = try reconcile(&device, to: after)
                #expect(try shown(name) == expected(after))
            }
        }

        @Test func `an interface that somebody deletes is noticed, made again and refilled`() throws {
            try withDevice("hf-gone") { device, name in
                let desired = (0..<20).map(Samples.peer)
                _ = try reconcile(&device, to: desired)
                _ = device.drainEvents()
                try Command.run("ip", "link", "delete", name)
                var descriptor = pollfd(fd: device.eventDescriptor!, events: Int16(POLLIN), revents: 0)
                #expect(poll(&descriptor, 1, 5_000) == 1)
                #expect(device.drainEvents().contains(.removed))
                #expect(throws: DeviceError.interfaceMissing) { _ = try device.readPeers() }
                #expect(try device.prepare(Samples.configuration(name, port: 51900)))
                #expect(try reconcile(&device, to: desired).0.drift == Drift(missing: 20))
                #expect(try shown(name) == expected(desired))
            }
        }

        @Test func `the node's own key is reported, not passed over`() throws {
            try withDevice("hf-own") { device, name in
                let text = try Command.run("wg", "show", name, "public-key").trimmingCharacters(
                    in: .whitespacesAndNewlines
                )
                let own = try PublicKey(base64: text)
                let entry = PeerEntry(publicKey: own, allowedIPs: [Samples.v4(1)])
                let (_, report) = try reconcile(&device, to: [entry, Samples.peer(2)])
                #expect(report.refusals == [Refusal(publicKey: own, reason: .ownKey)])
                #expect(try shown(name) == expected([Samples.peer(2)]))
            }
        }

        /// No valid entry is refused by the kernel short of 2^20 peers, so one peer of a real message is spoilt on its way.
        @Test func `the kernel's refusal of one peer is found, and the others go on`() throws {
            try withDevice("hf-refuse") { device, name in
                var socket = try NetlinkSocket(.generic)
                let family = try #require(try socket.resolveFamily("wireguard"))
                let index = try #require(UInt32(exactly: if_nametoindex(name)))
                let packing = PeerMessages(family: family, interfaceIndex: index)
                let desired = (0..<300).map(Samples.peer)
                let changes = desired.map { Change.set(PeerSetting($0, replacesAllowedIPs: true)) }
                var report = ApplyReport()
                try BatchDelivery.deliver(changes[...], report: &report) { batch throws(NetlinkError) in
                    let messages = try Encoding.checked { () throws(MessageTooLong) in
                        try packing.messages(for: batch)
                    }
                    for place in messages.indices {
                        var message = Self.spoiling(Samples.key(123), in: messages[place])
                        try socket.request(&message)
                    }
                    return messages.count
                }
                let refused = Refusal(publicKey: Samples.key(123), reason: .kernel(errno: EINVAL, text: nil))
                #expect(report.refusals == [refused])
                #expect(report.peersSet == 299)
                let others = desired.filter { $0.publicKey != Samples.key(123) }
                // The kernel keeps the spoilt peer itself, without the allowed-ip that it refused.
                #expect(try shown(name).filter { $0.key != Samples.key(123).base64 } == expected(others))
            }
        }

        /// The same message with the first prefix length after this key made impossible (64 for IPv4).
        private static func spoiling(_ key: PublicKey, in message: MessageEncoder) -> MessageEncoder {
            var bytes = message.bytes
            let length = 32
            guard
                let start = (0...max(0, bytes.count - length)).first(where: {
                    Array(bytes[$0..<min(bytes.count, $0 + length)]) == key.bytes
                })
            else { return message }
            // struct nlattr of WGALLOWEDIP_A_CIDR_MASK with 32 bits: length 5, type 3, value 32, padding.
            let mask: [UInt8] = [5, 0, 3, 0, 32, 0, 0, 0]
            let found = (start..<bytes.count - mask.count).first { Array(bytes[$0..<$0 + mask.count]) == mask }
            bytes[found! + 4] = 64
            let header = Array(bytes[MessageHeader.byteCount..<bytes.count])
            let type = UInt16(bytes[4]) | UInt16(bytes[5]) << 8
            return MessageEncoder(type: type, flags: [], header: header)
        }
    }
}
