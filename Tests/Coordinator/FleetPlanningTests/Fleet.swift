import FleetPlanning
import Model
import Placement

// Short names for what the tests speak of.

let fra1 = RegionName("fra1")!
let ams1 = RegionName("ams1")!

func nodeID(_ number: UInt64) -> NodeID { NodeID(high: 0xa, low: number) }
func peerID(_ number: UInt64) -> PeerID { PeerID(high: 0xb, low: number) }
func subscriptionID(_ number: UInt64) -> SubscriptionID { SubscriptionID(high: 0xc, low: number) }

func node(
    _ number: UInt64,
    region: RegionName = fra1,
    capacity: Int,
    peers: Int = 0,
    cordoned: Bool = false,
    retired: Bool = false,
    healthy: Bool = true
) -> FleetNode {
    FleetNode(
        id: nodeID(number),
        region: region,
        capacity: capacity,
        peerCount: peers,
        isCordoned: cordoned,
        isRetired: retired,
        isHealthy: healthy
    )
}

/// `node 3` for `nodeID(3)`.
func names(_ numbers: ClosedRange<UInt64>) -> [NodeID: String] {
    Dictionary(uniqueKeysWithValues: numbers.map { (nodeID($0), "exit-\($0)") })
}
