import FoundationEssentials
import LinkProtocol
import Model
import SwiftProtobuf

extension Holdfast_Link_V1_Delta {
    init(_ delta: Delta) {
        self.init()
        base = delta.base.number
        revision = delta.revision.number
        upserts = delta.upserts.map(Holdfast_Link_V1_Peer.init)
        removals = delta.removals.map { Data($0.bytes) }
    }
}

extension Delta {
    init(_ wire: Holdfast_Link_V1_Delta) throws(LinkCodec.Malformed) {
        var removals: [PublicKey] = []
        removals.reserveCapacity(wire.removals.count)
        for bytes in wire.removals { removals.append(try Fields.publicKey(bytes, "Delta.removals")) }
        self.init(
            base: Revision(wire.base),
            revision: Revision(wire.revision),
            upserts: try Fields.peers(wire.upserts),
            removals: removals
        )
    }
}

extension Holdfast_Link_V1_SnapshotBegin {
    init(_ header: SnapshotHeader) {
        self.init()
        revision = header.revision.number
        peerCount = UInt32(clamping: header.peerCount)
        digest = Data(header.digest.bytes)
        allowMassRemoval = header.allowMassRemoval
    }
}

extension SnapshotHeader {
    init(_ wire: Holdfast_Link_V1_SnapshotBegin) throws(LinkCodec.Malformed) {
        self.init(
            revision: Revision(wire.revision),
            peerCount: Int(wire.peerCount),
            digest: try Fields.digest(wire.digest, "SnapshotBegin.digest"),
            allowMassRemoval: wire.allowMassRemoval
        )
    }
}
