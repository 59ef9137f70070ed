import Model
import Netlink
import Reconciliation

/// Changes packed into messages of `WG_CMD_SET_DEVICE`, by bytes.
///
/// The list of peers is one attribute, whose length has 16 bits: over 500 peers fit one message.
struct PeerMessages {
    let family: UInt16
    let interfaceIndex: UInt32
    /// Bytes of one message's list of peers.
    var budget = 60_000

    /// Where to cut the changes, so that each batch fits one message. A change that alone is too long is a batch of
    /// its own, of several messages.
    func batches(of changes: [Change]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        var byteCount = 0
        for (index, change) in changes.enumerated() {
            let size = PeerFragment.byteCount(of: change)
            if index > start, byteCount + size > budget {
                batches.append(start..<index)
                start = index
                byteCount = 0
            }
            byteCount += size
        }
        if start < changes.count { batches.append(start..<changes.count) }
        return batches
    }

    /// The messages of one batch.
    func messages(for batch: ArraySlice<Change>) throws(MessageTooLong) -> [MessageEncoder] {
        if batch.count == 1, let change = batch.first {
            var messages: [MessageEncoder] = []
            for fragment in PeerFragment.fragments(of: change, budget: budget) {
                messages.append(try message(of: [fragment]))
            }
            return messages
        }
        return [try message(of: batch.flatMap { PeerFragment.fragments(of: $0, budget: budget) })]
    }

    private func message(of fragments: [PeerFragment]) throws(MessageTooLong) -> MessageEncoder {
        var message = MessageEncoder(
            type: family,
            flags: [],
            header: GenericHeader.bytes(command: WireGuardProtocol.Command.setDevice),
            capacity: fragments.count > 1 ? budget + 64 : 512
        )
        message.attribute(WireGuardProtocol.Device.index, number: interfaceIndex)
        try message.nested(WireGuardProtocol.Device.peers) { message throws(MessageTooLong) in
            for fragment in fragments { try fragment.encode(into: &message) }
        }
        return message
    }
}
