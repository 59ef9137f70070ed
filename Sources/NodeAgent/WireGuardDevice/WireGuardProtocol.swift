/// The numbers of linux/wireguard.h, part of the kernel's stable interface.
enum WireGuardProtocol {
    static let familyName = "wireguard"

    enum Command {
        static let getDevice: UInt8 = 0
        static let setDevice: UInt8 = 1
    }

    enum Device {
        static let index: UInt16 = 1
        static let name: UInt16 = 2
        static let privateKey: UInt16 = 3
        static let publicKey: UInt16 = 4
        static let flags: UInt16 = 5
        static let listenPort: UInt16 = 6
        static let peers: UInt16 = 8
    }

    enum Peer {
        static let publicKey: UInt16 = 1
        static let presharedKey: UInt16 = 2
        static let flags: UInt16 = 3
        static let persistentKeepalive: UInt16 = 5
        static let lastHandshake: UInt16 = 6
        static let allowedIPs: UInt16 = 9
    }

    enum PeerFlag {
        static let remove: UInt32 = 1
        static let replaceAllowedIPs: UInt32 = 2
        static let updateOnly: UInt32 = 4
    }

    enum AllowedIP {
        static let family: UInt16 = 1
        static let address: UInt16 = 2
        static let prefixLength: UInt16 = 3
    }

    /// `AF_INET` and `AF_INET6`.
    enum Family {
        static let v4: UInt16 = 2
        static let v6: UInt16 = 10
    }
}
