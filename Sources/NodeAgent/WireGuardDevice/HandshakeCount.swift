import Model
import Netlink

/// Counts peers and recent handshakes in a dump, and keeps nothing of any peer but the last key.
struct HandshakeCount {
    /// Seconds since 1970; a handshake after this is recent.
    let since: Int64
    private(set) var peers = 0
    private(set) var recent = 0
    private var lastKey: [UInt8] = []

    init(since: Int64) {
        self.since = since
    }

    mutating func add(_ payload: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor(from: GenericHeader.byteCount)
        while let attribute = try cursor.next(in: payload) {
            guard attribute.type == WireGuardProtocol.Device.peers else { continue }
            let list = payload.extracting(attribute.value)
            var peers = AttributeCursor()
            while let peer = try peers.next(in: list) { try addPeer(list.extracting(peer.value)) }
        }
    }

    private mutating func addPeer(_ bytes: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            switch attribute.type {
            case WireGuardProtocol.Peer.publicKey:
                let key = try bytes.bytes(attribute.value)
                // The rest of a peer that did not fit the message before.
                if key == lastKey { return }
                lastKey = key
                peers += 1
            case WireGuardProtocol.Peer.lastHandshake:
                // struct __kernel_timespec: seconds and nanoseconds, 64 bits each.
                try attribute.require(16)
                if Int64(bitPattern: try bytes.uint64(at: attribute.value.lowerBound)) > since { recent += 1 }
            default: continue
            }
        }
    }
}
