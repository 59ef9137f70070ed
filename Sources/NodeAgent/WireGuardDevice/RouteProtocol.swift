/// The numbers of linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h and linux/if.h that are used here, part of the
/// kernel's stable interface.
enum RouteProtocol {
    enum Message {
        static let newLink: UInt16 = 16
        static let deleteLink: UInt16 = 17
        static let getLink: UInt16 = 18
        static let newAddress: UInt16 = 20
        static let deleteAddress: UInt16 = 21
        static let getAddress: UInt16 = 22
        static let newRoute: UInt16 = 24
        static let deleteRoute: UInt16 = 25
        static let getRoute: UInt16 = 26
        static let newNetworkConfiguration: UInt16 = 80
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

    /// `RTA_…`, `RTN_…`, `RT_SCOPE_…`, `RTM_F_CLONED`
    enum Route {
        static let destination: UInt16 = 1
        static let outgoingInterface: UInt16 = 4
        static let priority: UInt16 = 6
        static let preferredSource: UInt16 = 7
        static let table: UInt16 = 15

        static let mainTable: UInt32 = 254
        static let byKernel: UInt8 = 2
        static let scopeUniverse: UInt8 = 0
        static let scopeLink: UInt8 = 253
        static let unicast: UInt8 = 1
        /// Unicast, blackhole, unreachable, prohibit.
        static let ordinaryTypes: Set<UInt8> = [1, 6, 7, 8]
        static let cloned: UInt32 = 0x200
        /// `IP6_RT_PRIO_ADDRCONF`
        static let priorityConnectedV6: UInt32 = 256
    }

    /// `RTNLGRP_…`
    enum Group {
        static let link: UInt32 = 1
        static let addressV4: UInt32 = 5
        static let routeV4: UInt32 = 7
        static let addressV6: UInt32 = 9
        static let routeV6: UInt32 = 11
        static let networkConfigurationV4: UInt32 = 24
        static let networkConfigurationV6: UInt32 = 25
    }

    static let up: UInt32 = 1
    static let wireGuardKind = "wireguard"
}
