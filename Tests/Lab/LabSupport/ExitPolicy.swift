/// What makes a host an exit: forwarding, and masquerade of what its tunnels send out.
enum ExitPolicy {
    static func load(on host: Host, tunnel: String, uplink: String) throws {
        try host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        try host.run(
            "nft",
            "-f",
            "-",
            input: """
                table inet exit {
                    chain forward {
                        type filter hook forward priority filter; policy drop;
                        ct state established,related accept
                        iifname "\(tunnel)" oifname "\(uplink)" accept
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat;
                        oifname "\(uplink)" masquerade
                    }
                }

                """
        )
    }
}
