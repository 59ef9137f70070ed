import Model

/// How a row keeps its allowed-ips: exactly the part of `PeerEntry.canonicalBytes` that follows the key, so that a
/// row's hash is taken over its two columns as they are.
enum AllowedIPs {
    static func encode(_ entry: PeerEntry) -> [UInt8] {
        Array(entry.canonicalBytes.dropFirst(PublicKey.byteCount))
    }

    /// Nil when the bytes are not what `encode` wrote.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> [IPPrefix]? {
        var prefixes: [IPPrefix] = []
        var position = 0
        while position < bytes.count {
            let addressByteCount: Int
            switch bytes[position] {
            case 4: addressByteCount = 4
            case 6: addressByteCount = 16
            default: return nil
            }
            guard bytes.count - position >= 2 + addressByteCount,
                let address = IPAddress(bytes: bytes[(position + 2)..<(position + 2 + addressByteCount)]),
                let prefix = IPPrefix(address, length: Int(bytes[position + 1]))
            else { return nil }
            prefixes.append(prefix)
            position += 2 + addressByteCount
        }
        return prefixes
    }
}
