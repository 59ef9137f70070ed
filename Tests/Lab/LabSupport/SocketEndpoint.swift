import Glibc

/// An address of either family with a port, as the system calls take it.
struct SocketEndpoint {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// - Parameter address: in numbers.
    init(_ address: String, port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        try require(getaddrinfo(address, "\(port)", &hints, &found) == 0, "\(address) is no address")
        defer { freeaddrinfo(found) }
        let first = try unwrap(found?.pointee, "\(address) is no address")
        length = first.ai_addrlen
        memcpy(&storage, first.ai_addr, Int(length))
    }

    /// What `getpeername` or its like fills in.
    init(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) throws {
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                withUnsafeMutablePointer(to: &length) { call(address, $0) }
            }
        }
        try require(code >= 0, "no address: \(String(cString: strerror(errno)))")
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withPointer(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, length) }
        }
    }

    /// The address in numbers; that of IPv4 as such where a socket of IPv6 took it.
    var address: String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        _ = withPointer { getnameinfo($0, $1, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.hasPrefix("::ffff:") ? String(name.dropFirst(7)) : name
    }
}
