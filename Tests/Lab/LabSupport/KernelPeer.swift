/// A peer as `wg show INTERFACE dump` prints it.
public struct KernelPeer: Hashable, Sendable {
    public let publicKey: String
    public let allowedIPs: Set<String>
    /// Unix time; 0 for a peer that never shook hands, as a peer that was removed and added again is.
    public let latestHandshake: Int
    public let received_bytes: Int
    public let sent_bytes: Int

    init?(dumpLine: Substring) {
        // public-key, preshared-key, endpoint, allowed-ips, latest-handshake, received, sent, keepalive
        let fields = dumpLine.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 8, let handshake = Int(fields[4]), let received = Int(fields[5]),
            let sent = Int(fields[6])
        else { return nil }
        publicKey = String(fields[0])
        allowedIPs = fields[3] == "(none)" ? [] : Set(fields[3].split(separator: ",").map(String.init))
        latestHandshake = handshake
        received_bytes = received
        sent_bytes = sent
    }
}
