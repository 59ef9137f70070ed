import Netlink

/// What the kernel announces about its packet filter (`NFNLGRP_NFTABLES`). Needs CAP_NET_ADMIN.
public struct RulesetWatch: ~Copyable {
    private var listener: NetlinkListener
    /// Who made the last generation that was announced; nil when announcements were lost since.
    public private(set) var lastAuthor: String?

    public init() throws(NetlinkError) {
        listener = try NetlinkListener(.netfilter, groups: [NFTablesProtocol.group])
    }

    public var descriptor: Int32 { listener.descriptor }

    /// - Returns: whether anything changed. What cannot be read, or was lost, may have been anything.
    public mutating func drain() -> Bool {
        var hasChanged = false
        var author = lastAuthor
        do throws(NetlinkError) {
            try listener.drain { header, payload throws(MalformedMessage) in
                hasChanged = true
                guard header.isOf(NFTablesProtocol.Message.newGeneration) else { return }
                let generation = try Generation(in: payload)
                author = generation.processName.isEmpty ? nil : generation.author
            }
        } catch {
            hasChanged = true
            author = nil
        }
        lastAuthor = author
        return hasChanged
    }
}

extension Generation {
    /// One printable line: a process names itself as it likes.
    var author: String {
        let name = processName.unicodeScalars.map { $0.value > 32 && $0.value < 127 ? Character($0) : "?" }
        return "\(String(name)) (process \(processID))"
    }
}
