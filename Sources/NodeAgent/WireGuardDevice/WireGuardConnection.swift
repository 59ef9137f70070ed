import Model
import Netlink
import Reconciliation

/// WireGuard's family of generic netlink. Its number is asked for once.
struct WireGuardConnection: ~Copyable {
    private var socket: NetlinkSocket
    private let family: UInt16

    init(familyName: String) throws(DeviceError) {
        let family: UInt16?
        do throws(NetlinkError) {
            var resolver = try NetlinkSocket(.generic)
            family = try resolver.resolveFamily(familyName)
        } catch {
            throw DeviceError(error)
        }
        guard let family else { throw .wireGuardUnavailable }
        let socket = try DeviceError.wrapping { () throws(NetlinkError) in try NetlinkSocket(.generic) }
        self.family = family
        self.socket = socket
    }

    /// Key and port, without reading the peers.
    func head(index: UInt32) throws(NetlinkError) -> DeviceHead {
        var head = DeviceHead()
        var message = request(WireGuardProtocol.Command.getDevice, index: index)
        // A socket of its own, because the rest of the dump is never read.
        try NetlinkSocket(.generic).firstOfDump(&message) { _, payload throws(MalformedMessage) in
            head = try DeviceHead(in: payload)
        }
        return head
    }

    /// - Parameters:
    ///   - privateKey: nil where it stays.
    ///   - listenPort: nil where it stays.
    mutating func set(
        privateKey: Secret<[UInt8]>?,
        listenPort: UInt16?,
        index: UInt32
    ) throws(NetlinkError) {
        var message = request(WireGuardProtocol.Command.setDevice, index: index)
        defer { message.wipe() }
        if let privateKey {
            message = try Encoding.checked { () throws(MessageTooLong) in
                var message = message
                try message.attribute(WireGuardProtocol.Device.privateKey, privateKey.reveal())
                return message
            }
        }
        if let listenPort { message.attribute(WireGuardProtocol.Device.listenPort, number: listenPort) }
        try socket.request(&message)
    }

    mutating func peers(index: UInt32, handshakesOf keys: Set<PublicKey>) throws(NetlinkError) -> PeerReading {
        try dump(index: index, into: { PeerDump(handshakesOf: keys) }) { dump, payload throws(MalformedMessage) in
            try dump.add(payload)
        }.reading()
    }

    mutating func handshakes(since: Int64, index: UInt32) throws(NetlinkError) -> HandshakeCount {
        try dump(index: index, into: { HandshakeCount(since: since) }) { count, payload throws(MalformedMessage) in
            try count.add(payload)
        }
    }

    /// Sends a plan's changes in order. Between kinds of change a batch is not cut: the kernel keeps their order too.
    mutating func apply(
        _ changes: [Change],
        index: UInt32,
        report: inout ApplyReport
    ) throws(NetlinkError) {
        let packing = PeerMessages(family: family, interfaceIndex: index)
        for batch in packing.batches(of: changes) {
            try BatchDelivery.deliver(changes[batch], report: &report) { batch throws(NetlinkError) in
                var messages = try Encoding.checked { () throws(MessageTooLong) in try packing.messages(for: batch) }
                for place in messages.indices { try socket.request(&messages[place]) }
                return messages.count
            }
        }
    }

    private mutating func dump<State>(
        index: UInt32,
        into empty: () -> State,
        each: (inout State, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) -> State {
        var message = request(WireGuardProtocol.Command.getDevice, index: index)
        // The dump holds the private key.
        defer { socket.wipe() }
        return try socket.dump(&message, into: empty) { state, header, payload throws(MalformedMessage) in
            guard header.type == family else { return }
            try each(&state, payload)
        }
    }

    private func request(_ command: UInt8, index: UInt32) -> MessageEncoder {
        var message = MessageEncoder(type: family, flags: [], header: GenericHeader.bytes(command: command))
        message.attribute(WireGuardProtocol.Device.index, number: index)
        return message
    }
}
