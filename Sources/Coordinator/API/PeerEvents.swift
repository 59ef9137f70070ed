import Model
import Store

/// What a stream of events has told, and what there is to tell.
struct PeerEvents {
    private let tunnel: TunnelSettings
    private var told: [PeerID: String] = [:]

    init(tunnel: TunnelSettings) {
        self.tunnel = tunnel
    }

    /// The events that lead from what was told to these peers; empty when nothing changed.
    mutating func update(to peers: [PeerRecord]) -> String {
        var text = ""
        for peer in peers {
            let tag = PeerRoutes.entityTag(peer)
            guard told[peer.id] != tag else { continue }
            told[peer.id] = tag
            let data = (try? JSONResponse.bytes(PeerResource(peer, tunnel: tunnel))) ?? []
            text += Self.event("peer", id: tag, data: String(decoding: data, as: UTF8.self))
        }
        let present = Set(peers.map(\.id))
        for gone in told.keys.filter({ !present.contains($0) }).sorted() {
            told[gone] = nil
            text += Self.event("peer-removed", id: nil, data: #"{"id":"\#(gone)"}"#)
        }
        return text
    }

    static func end(_ reason: String) -> String {
        event("end", id: nil, data: #"{"reason":"\#(reason)"}"#)
    }

    /// - Parameter data: one line.
    private static func event(_ name: String, id: String?, data: String) -> String {
        let id = id.map { "id: \($0)\n" } ?? ""
        return "event: \(name)\n\(id)data: \(data)\n\n"
    }
}
