import Model
import Netlink
import Reconciliation

/// WireGuard's family of generic netlink. Its number is asked for once, and again when the kernel has no family of that
/// number any more: its module was unloaded, and comes back with another.
struct WireGuardConnection: ~Copyable {
    private var socket: NetlinkSocket
    private let familyName: String
    /// Of this boot, and of this loading of the module.
    var family: UInt16

    init(familyName: String) throws(DeviceError) {
        let found: UInt16
        let opened: NetlinkSocket
        do throws(NetlinkError) {
            found = try Self.resolve(familyName)
            opened = try NetlinkSocket(.generic)
        } catch {
            throw DeviceError(error)
        }
        socket = opened
        family = found
        self.familyName = familyName
    }

    /// - Throws: ``NetlinkError/refused(errno:text:)`` with `ENOENT` where the kernel has no such family.
    private static func resolve(_ name: String) throws(NetlinkError) -> UInt16 {
        var resolver = try NetlinkSocket(.generic)
        guard let found = try resolver.resolveFamily(name) else {
            throw .refused(errno: KernelCode.noSuchEntry, text: nil)
        }
        return found
    }

    /// Does something with the family's number; where the kernel does not know the number, once more with the new one.
    private mutating func withFamily<Result>(
        _ body: (inout WireGuardConnection) throws(NetlinkError) -> Result
    ) throws(NetlinkError) -> Result {
        do throws(NetlinkError) {
            return try body(&self)
        } catch .refused(KernelCode.noSuchEntry, _) {
            let before = family
            family = try Self.resolve(familyName)
            guard family != before else { throw .refused(errno: KernelCode.noSuchEntry, text: nil) }
            return try body(&self)
        }
    }

    /// Key and port, without reading the peers.
    mutating func head(index: UInt32) throws(NetlinkError) -> DeviceHead {
        try withFamily { (connection) throws(NetlinkError) in
            var head = DeviceHead()
            var message = connection.request(WireGuardProtocol.Command.getDevice, index: index)
            // A socket of its own, because the rest of the dump is never read.
            try NetlinkSocket(.generic).firstOfDump(&message) { _, payload throws(MalformedMessage) in
                head = try DeviceHead(in: payload)
            }
            return head
        }
    }

    /// - Parameters:
    ///   - privateKey: nil where it stays.
    ///   - listenPort: nil where it stays.
    mutating func set(
        privateKey: Secret<[UInt8]>?,
        listenPort: UInt16?,
        index: UInt32
    ) throws(NetlinkError) {
        // Follows a reading of the head, which has the number right.
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
        var total = report
        defer { report = total }
        try withFamily { (connection) throws(NetlinkError) in
            try connection.deliver(changes, index: index, report: &total)
        }
    }

    private mutating func deliver(
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
        // The dump holds the private key.
        defer { socket.wipe() }
        return try withFamily { (connection) throws(NetlinkError) in
            let family = connection.family
            var message = connection.request(WireGuardProtocol.Command.getDevice, index: index)
            return try connection.socket.dump(&message, into: empty) {
                state,
                header,
                payload throws(MalformedMessage) in
                guard header.type == family else { return }
                try each(&state, payload)
            }
        }
    }

    private func request(_ command: UInt8, index: UInt32) -> MessageEncoder {
        var message = MessageEncoder(type: family, flags: [], header: GenericHeader.bytes(command: command))
        message.attribute(WireGuardProtocol.Device.index, number: index)
        return message
    }
}
