/// The numbers of linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h and linux/if.h that are used here, part of the
/// kernel's stable interface.
enum RouteProtocol {
    enum Message {
        static let newLink: UInt16 = 16
        static let deleteLink: UInt16 = 17
        static let getLink: UInt16 = 18
        static let newAddress: UInt16 = 20
        static let getAddress: UInt16 = 22
    }

    enum Link {
        static let name: UInt16 = 3
        static let mtu: UInt16 = 4
        static let info: UInt16 = 18
        static let statistics: UInt16 = 23
        /// Inside `info`.
        static let kind: UInt16 = 1
    }

    enum Address {
        static let address: UInt16 = 1
        static let local: UInt16 = 2
        static let flags: UInt16 = 8
        /// No duplicate address detection: nobody else is on a tunnel, and the address must serve at once.
        static let noDuplicateDetection: UInt32 = 0x02
    }

    static let linkGroup: UInt32 = 1
    static let up: UInt32 = 1
    static let wireGuardKind = "wireguard"
}
