import CNetlink
import Glibc

/// A socket that only listens to what the kernel announces to some groups. It never blocks: an outer loop polls
/// ``descriptor``.
public struct NetlinkListener: ~Copyable, @unchecked Sendable {
    private let handle: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: 32 * 1024)

    /// Readable when there is something to drain.
    public let descriptor: Int32

    /// - Parameter groups: such as `RTNLGRP_LINK` of linux/rtnetlink.h.
    public init(_ bus: NetlinkSocket.Bus, groups: [UInt32]) throws(NetlinkError) {
        guard let handle = mnl_socket_open2(bus.number, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)) else {
            throw .system(call: .open, errno: errno)
        }
        guard mnl_socket_bind(handle, 0, MNL_SOCKET_AUTOPID) == 0, Self.join(groups, handle) else {
            let cause = errno
            mnl_socket_close(handle)
            throw .system(call: .bind, errno: cause)
        }
        self.handle = handle
        descriptor = mnl_socket_get_fd(handle)
    }

    deinit {
        mnl_socket_close(handle)
    }

    private static func join(_ groups: [UInt32], _ handle: OpaquePointer) -> Bool {
        groups.allSatisfy { group in
            var group = group
            let size = socklen_t(MemoryLayout<UInt32>.size)
            return mnl_socket_setsockopt(handle, Int32(NETLINK_ADD_MEMBERSHIP), &group, size) == 0
        }
    }

    /// Hands on every announcement that waits.
    ///
    /// Throws ``NetlinkError/overrun`` when the kernel had to drop some: nothing is known then but that something
    /// changed.
    public mutating func drain(
        each: (MessageHeader, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) {
        while true {
            let count: Int
            do throws(NetlinkError) {
                count = try SocketReceive.once(handle, into: &buffer)
            } catch {
                if error == .timedOut { return }
                throw error
            }
            do throws(MalformedMessage) {
                let received = buffer.span.bytes.extracting(0..<count)
                var cursor = MessageCursor()
                while let found = try cursor.next(in: received) {
                    try each(found.header, received.extracting(found.payload))
                }
            } catch {
                throw .malformed(error)
            }
        }
    }
}
