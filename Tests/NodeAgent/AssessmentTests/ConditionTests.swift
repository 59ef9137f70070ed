import Assessment
import LinkProtocol
import Model
import Testing

struct ConditionTests {
    private static func observation(_ change: (inout Observation) -> Void) -> Observation {
        var observation = Observation()
        observation.exitPolicy = .inForce
        change(&observation)
        return observation
    }

    @Test func `a node that lacks nothing has no condition`() {
        #expect(Self.observation { _ in }.conditions.isEmpty)
        // An operator's own filter guards it; clients have no IPv6 here; the clock is a little off.
        let other = Self.observation {
            $0.exitPolicy = .notWatched
            $0.ipv6 = .unavailable
            $0.clockSkew = .seconds(-300)
        }
        #expect(other.conditions.isEmpty)
    }

    private static let cases: [(Observation, NodeCondition.Kind, String)] = [
        (observation { $0.exitPolicy = .missing(nil) }, .exitPolicy, "not in force"),
        (
            observation { $0.exitPolicy = .missing("/p.nft:3: Error:\n syntax") }, .exitPolicy,
            "not in force: /p.nft:3: Error:  syntax"
        ),
        (observation { $0.exitPolicy = .altered(nil) }, .exitPolicy, "not the one that was loaded"),
        (observation { $0.exitPolicy = .unreadable("no") }, .exitPolicy, "cannot be looked at: no"),
        (observation { $0.switchesOff = ["net.ipv4.ip_forward"] }, .forwarding, "off: net.ipv4.ip_forward"),
        (
            observation { $0.closedChains = ["inet filter forward"] }, .foreignRules,
            "peers' packets are dropped by inet filter forward"
        ),
        (observation { $0.interfaceTrouble = "gone" }, .interface, "gone"),
        (
            observation {
                $0.addressesMissing = [IPPrefix("10.64.0.1/10")!]
                $0.routesMissing = [IPPrefix("10.64.0.0/10")!]
            }, .route, "missing: address 10.64.0.1/10, route to 10.64.0.0/10"
        ),
        (
            observation {
                $0.collisions = [.init(route: IPPrefix("10.90.0.0/16")!, pool: IPPrefix("10.64.0.0/10")!)]
            }, .addressCollision, "the host's route to 10.90.0.0/16 takes peers' packets of the pool 10.64.0.0/10"
        ),
        (observation { $0.wireGuard = .absent }, .wireGuard, "the kernel has no WireGuard (module `wireguard`)"),
        (observation { $0.tableTrouble = "full" }, .peerTable, "full"),
        (observation { $0.isDiskShort = true }, .peerTable, "the disk of the peer table is nearly full"),
        (observation { $0.clockSkew = .seconds(301) }, .clock, "more than 5 minutes before the coordinator's"),
        (observation { $0.clockSkew = .seconds(-301) }, .clock, "more than 5 minutes behind the coordinator's"),
        (
            observation { $0.fights = [.routes: String?.none, .exitPolicy: "firewalld (process 7)"] }, .contention,
            "changed again and again: the exit policy, by firewalld (process 7); the interface's routes"
        ),
        (observation { $0.identityFlaw = "another key" }, .identity, "another key"),
    ]

    @Test(arguments: cases)
    func `each thing that is wrong is its own condition, in words`(
        observation: Observation,
        kind: NodeCondition.Kind,
        detail: String
    ) {
        #expect(observation.conditions == [NodeCondition(kind, detail)])
        #expect(!kind.remedy.isEmpty && !kind.subject.isEmpty)
    }

    @Test func `what is told is one printable line of 200 characters`() throws {
        let text = "a\u{1b}[31m\u{202e}\n" + String(repeating: "é", count: 500)
        let condition = try #require(Self.observation { $0.tableTrouble = text }.conditions.first)
        #expect(condition.detail.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 })
        #expect(condition.detail.count == 200)
    }

    @Test func `the disk is short below its floor, and well again only some way above it`() {
        var floor = DiskFloor(floor_bytes: 100)
        var seen: [Bool] = []
        for free: UInt64 in [100, 99, 100, 124, 125, 100, 0] {
            floor.note(free_bytes: free)
            seen.append(floor.isShort)
        }
        #expect(seen == [false, true, true, true, false, false, true])
        var none = DiskFloor(floor_bytes: 0)
        none.note(free_bytes: 0)
        #expect(!none.isShort)
    }
}
