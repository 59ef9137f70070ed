import Testing

@testable import Netlink

/// Against the kernel that runs the test; neither needs rights.
@Suite(.timeLimit(.minutes(10)))
struct SocketTests {
    @Test func `generic netlink's own family is found, and one that does not exist is not`() throws {
        var socket = try NetlinkSocket(.generic)
        #expect(try socket.resolveFamily("nlctrl") == 16)
        #expect(try socket.resolveFamily("holdfast-none") == nil)
        #expect(try socket.resolveFamily("nlctrl") == 16)
    }

    @Test func `links are listed, and one that does not exist is refused with its code`() throws {
        var socket = try NetlinkSocket(.route)
        let header = [UInt8](repeating: 0, count: 16)
        var list = MessageEncoder(type: 18, flags: [], header: header)
        let names = try socket.dump(&list, into: { [String]() }) { names, _, payload throws(MalformedMessage) in
            var cursor = AttributeCursor(from: 16)
            while let attribute = try cursor.next(in: payload) {
                if attribute.type == 3 { names.append(try attribute.string(in: payload)) }
            }
        }
        #expect(names.contains("lo"))
        var missing = MessageEncoder(type: 18, flags: [], header: header)
        try missing.attribute(3, text: "hf-none")
        let error = #expect(throws: NetlinkError.self) { try socket.request(&missing) }
        guard case .refused(19, _) = error else {
            Issue.record("not ENODEV: \(String(describing: error))")
            return
        }
    }
}
