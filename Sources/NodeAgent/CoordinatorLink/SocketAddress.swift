import Glibc

/// An address to connect to, as the kernel takes it.
struct SocketAddress: Hashable, Sendable {
    /// A `sockaddr_in` or `sockaddr_in6`.
    let bytes: [UInt8]

    var family: Int32 { Int32(bytes[0]) | Int32(bytes[1]) << 8 }

    /// Every address of a host, in the order in which they are to be tried (RFC 6724). May wait for name servers.
    static func lookUp(_ host: String, port: UInt16, flags: Int32 = 0) -> Result<[SocketAddress], LookupError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | Int32(AI_NUMERICSERV)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0 else { return .failure(LookupError(code: status)) }
        defer { freeaddrinfo(found) }
        var addresses: [SocketAddress] = []
        var next = found
        while let current = next {
            let raw = UnsafeRawBufferPointer(start: current.pointee.ai_addr, count: Int(current.pointee.ai_addrlen))
            addresses.append(SocketAddress(bytes: Array(raw)))
            next = current.pointee.ai_next
        }
        return .success(addresses)
    }

    /// `ADDRESS:PORT`.
    var description: String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let flags = NI_NUMERICHOST | NI_NUMERICSERV
        let status = withPointer { address, count in
            getnameinfo(address, count, &host, socklen_t(host.count), &service, socklen_t(service.count), Int32(flags))
        }
        guard status == 0 else { return "an address" }
        let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let port = service.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) }
    }
}

/// Why a name has no addresses: an `EAI_` code of getaddrinfo(3).
struct LookupError: Error, Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    var description: String { String(cString: gai_strerror(code)) }
}
