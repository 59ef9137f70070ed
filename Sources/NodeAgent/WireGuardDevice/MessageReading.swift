import Netlink

/// Every reading of what the kernel may send, for a test that feeds it anything.
package enum MessageReading {
    /// - Returns: how many of the readings made sense of the bytes.
    package static func attempt(_ bytes: [UInt8]) -> Int {
        let payload = bytes.span.bytes
        var count = 0
        func note(_ read: () throws(MalformedMessage) -> Void) {
            if (try? read()) != nil { count += 1 }
        }
        note { () throws(MalformedMessage) in _ = try LinkMessage(in: payload) }
        note { () throws(MalformedMessage) in _ = try AddressMessage(in: payload) }
        note { () throws(MalformedMessage) in _ = try RouteMessage(in: payload) }
        note { () throws(MalformedMessage) in _ = try DeviceHead(in: payload) }
        note { () throws(MalformedMessage) in
            var dump = PeerDump()
            try dump.add(payload)
            _ = dump.peers()
        }
        note { () throws(MalformedMessage) in
            var handshakes = HandshakeCount(since: 0)
            try handshakes.add(payload)
        }
        return count
    }
}
