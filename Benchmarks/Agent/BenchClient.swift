import Cryptography
import LabSupport
import Model

/// A customer's device beside the large table.
struct BenchClient {
    let host: Host

    init(lab: Lab, nodeKey: PublicKey?, _ coordinator: BenchCoordinator) throws {
        let keys = WireGuardKeyPair.generate()
        let entry = BenchPeers.entry(1_000_000, key: keys.publicKey)
        _ = try coordinator.sendDelta(upserts: [entry])
        host = try lab.makeClient()
        let address = entry.allowedIPs[0].description
        let node = try unwrap(nodeKey, "the node has no key")
        let text = """
            [Interface]
            Address = \(address)
            [Peer]
            PublicKey = \(node.base64)
            AllowedIPs = \(BenchPeers.nodeAddress)/32
            Endpoint = \(LabAddresses.labAddress):\(BenchAgent.listenPort)
            """
        let client = try WireGuardClient(host: host, configuration: text, keys: keys)
        try client.reach(BenchPeers.nodeAddress, within: .seconds(30))
    }
}
