import Netlink

/// What the kernel announces about one interface (`RTNLGRP_LINK`).
struct LinkWatch: ~Copyable {
    private let name: InterfaceName
    private var listener: NetlinkListener
    /// The interface's number, by which it is known when somebody renames it.
    private var index: UInt32?

    init(_ name: InterfaceName) throws(DeviceError) {
        self.name = name
        listener = try DeviceError.wrapping { () throws(NetlinkError) in
            try NetlinkListener(.route, group: RouteProtocol.linkGroup)
        }
    }

    var descriptor: Int32 { listener.descriptor }

    /// An announcement that was lost or cannot be read means that anything may have happened.
    mutating func drain() -> [LinkEvent] {
        var events: [LinkEvent] = []
        var known = index
        let name = name.description
        do throws(NetlinkError) {
            try listener.drain { header, payload throws(MalformedMessage) in
                let isGone = header.type == RouteProtocol.Message.deleteLink
                guard isGone || header.type == RouteProtocol.Message.newLink else { return }
                let link = try LinkMessage(in: payload)
                if link.name == name {
                    known = isGone ? nil : link.index
                    events.append(isGone ? .removed : .changed)
                } else if link.index == known {
                    known = nil
                    events.append(.removed)
                }
            }
        } catch {
            events.append(.lost)
        }
        index = known
        return events
    }

    /// Tells the watch which interface it is about, where that was found out otherwise.
    mutating func follow(index: UInt32) {
        self.index = index
    }
}
