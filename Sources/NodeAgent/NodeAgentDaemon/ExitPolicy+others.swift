extension ExitPolicy {
    /// Kinds of interface (`IFLA_INFO_KIND`) by which a host is part of a network, however late they come to be. A device
    /// of hardware has no kind. Bridges and their ports, which containers and virtual machines use, are not among them.
    private static let networkKinds = ["bond", "ipvlan", "macvlan", "team", "vlan", "wireguard"]

    /// Turning on forwarding for the tunnel turns it on for all of the host. So what the host did not forward before is
    /// dropped here: packets between interfaces that it had then, hardware, and those of ``networkKinds``. What came later
    /// and is none of these, such as Docker's bridge, forwards as it likes.
    func othersRules(_ before: ForwardingBefore) -> String {
        let families: [String]
        switch forwardOthers {
        case .yes: return ""
        case .no: families = ["ipv4", "ipv6"]
        case .asBefore: families = (before.ipv4 ? [] : ["ipv4"]) + (before.ipv6 ? [] : ["ipv6"])
        }
        guard !families.isEmpty else { return "" }
        let drops = families.map { "        meta nfproto \($0) counter drop\n" }.joined()
        return """
            # Not forwarded: what is neither from the tunnel nor to it (`exit.forward_others`).
            table inet \(Self.table) {
                chain others {
                    type filter hook forward priority filter; policy accept;
                    iifname $tunnel accept
                    oifname $tunnel accept
            \(forwardOthers == .no ? "" : exemptions(before))\(drops)    }
            }

            """
    }

    private func exemptions(_ before: ForwardingBefore) -> String {
        let kinds = "{ " + Self.networkKinds.map { "\"\($0)\"" }.joined(separator: ", ") + " }"
        // An empty set is not to be written in a rule: nothing has the loopback's name but itself, which forwards nothing.
        let names = "{ " + (before.interfaces + ["lo"]).map { "\"\($0)\"" }.joined(separator: ", ") + " }"
        return """
                    # Within bridges, whose packets pass here where br_netfilter is loaded.
                    meta iifkind "bridge" meta oifkind "bridge" accept
                    meta iifkind != \(kinds) iifname != \(names) accept
                    meta oifkind != \(kinds) oifname != \(names) accept

            """
    }
}
