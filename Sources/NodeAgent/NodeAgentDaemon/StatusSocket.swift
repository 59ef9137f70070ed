import DaemonRuntime
import Glibc

/// A unix socket for root only: whoever connects gets one document and the end of the stream. Nothing is read.
final class StatusSocket {
    let descriptor: Int32
    private let path: String

    init(_ path: String) throws(Failure) {
        guard let address = UnixAddress(path) else {
            throw Failure(.configuration, "`status.socket` is longer than a socket's path can be: \(path)")
        }
        self.path = path
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { mkdir(String(path[..<slash]), 0o755) }
        // A socket of an agent that was killed; the lock on the state directory tells that none is running.
        unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // The umask (077) makes the socket's mode 0700 from its first instant; no one but root may connect.
        guard descriptor >= 0, address.withPointer({ bind(descriptor, $0, $1) }) == 0, chmod(path, 0o600) == 0,
            listen(descriptor, 8) == 0
        else { throw Failure(call: "bind", path) }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Answers everyone who waits. A document fits the socket's buffer; a client that does not read gets what fits.
    func answer(_ document: String) {
        let bytes = Array((document + "\n").utf8)
        while case let client = accept(descriptor, nil, nil),
            client >= 0
        {
            _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            close(client)
        }
    }
}
