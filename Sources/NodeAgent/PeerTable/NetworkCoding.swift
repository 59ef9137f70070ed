import Model

/// How the table keeps the tunnel network: the MTU (2 bytes, big-endian), then the addresses like allowed-ips.
enum NetworkCoding {
    static func encode(_ network: TunnelNetwork) -> [UInt8] {
        var bytes = [UInt8(network.mtu >> 8), UInt8(network.mtu & 0xff)]
        for prefix in network.interfaceAddresses {
            bytes += [prefix.address.bitCount == 32 ? 4 : 6, UInt8(prefix.length)] + prefix.address.bytes
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> TunnelNetwork? {
        guard bytes.count >= 2 else { return nil }
        let addresses = bytes.withUnsafeBytes { AllowedIPs.decode(UnsafeRawBufferPointer(rebasing: $0[2...])) }
        guard let addresses else { return nil }
        return TunnelNetwork(interfaceAddresses: addresses, mtu: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    }
}
