import CNetlink
import Glibc

enum SocketReceive {
    /// Receives once into `buffer`; returns how many bytes came.
    static func once(_ handle: OpaquePointer, into buffer: inout [UInt8]) throws(NetlinkError) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { mnl_socket_recvfrom(handle, $0.baseAddress!, $0.count) }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: throw .timedOut
            case ENOBUFS: throw .overrun
            case ENOSPC: throw .answerTooLong
            default: throw .system(call: .receive, errno: errno)
            }
        }
    }
}
