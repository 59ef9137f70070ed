import Foundation
import Testing

/// The second promise, held against the wire's own schema.
struct WirePrivacy {
    private func schema() throws -> String {
        try String(contentsOf: Manifest.root.appending(path: "Sources/Shared/LinkMessages/link.proto"), encoding: .utf8)
    }

    @Test func `what a node learns of a peer is its key, its addresses and that it moved away`() throws {
        let peer = try #require(try schema().firstMatch(of: /message Peer \{([^}]*)\}/)).1
        let fields = peer.matches(of: /(\w+) = \d+;/).map { String($0.1) }
        #expect(fields == ["public_key", "allowed_ips", "lingering"])
    }

    @Test func `what a node reports of a refused peer is its key and the reason`() throws {
        let peer = try #require(try schema().firstMatch(of: /message RefusedPeer \{([^}]*)\}/)).1
        let fields = peer.matches(of: /(\w+) = \d+;/).map { String($0.1) }
        #expect(fields == ["public_key", "reason"])
    }

    @Test func `no field carries a private key`() throws {
        let fields = try schema().matches(of: /(\w+) = \d+;/).map { String($0.1) }
        #expect(fields.count > 40)
        #expect(!fields.contains { $0.contains("private") || $0.contains("preshared") })
    }

    @Test func `no field is named after a client, a handshake or a device`() throws {
        let fields = try schema().matches(of: /(\w+) = \d+;/).map { String($0.1) }
        #expect(fields.count > 40)
        for word in ["client", "handshake", "device", "email", "user"] {
            #expect(!fields.contains { $0.contains(word) }, "a field speaks of \(word)")
        }
    }
}
