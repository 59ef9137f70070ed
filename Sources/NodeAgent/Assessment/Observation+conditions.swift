import LinkProtocol
import Model

extension Observation {
    /// A clock further off than this from the coordinator's is reported: certificates are dated to minutes.
    public static let clockSkewMax = Duration.seconds(300)
    private static let detailMax = 200

    /// Why the node takes no new peers, in the order of ``NodeCondition/Kind``; none: it does its work. The words hold no
    /// figure that changes by itself, so that equal conditions are equal.
    public var conditions: [NodeCondition] {
        let found: [(NodeCondition.Kind, String?)] = [
            (.exitPolicy, exitPolicyDetail), (.forwarding, forwardingDetail), (.foreignRules, foreignRulesDetail),
            (.interface, interfaceTrouble), (.route, routeDetail), (.addressCollision, collisionDetail),
            (.wireGuard, wireGuard == .absent ? "the kernel has no WireGuard (module `wireguard`)" : nil),
            (.peerTable, tableDetail), (.clock, clockDetail), (.contention, contentionDetail),
            (.identity, identityFlaw),
        ]
        return found.compactMap { kind, detail in detail.map { NodeCondition(kind, Self.line($0)) } }
    }

    private var exitPolicyDetail: String? {
        switch exitPolicy {
        case .notWatched, .inForce: nil
        case .missing(let reason): "not in force" + Self.because(reason)
        case .altered(let reason): "not the one that was loaded" + Self.because(reason)
        case .unreadable(let reason): "cannot be looked at" + Self.because(reason)
        }
    }

    private var forwardingDetail: String? {
        switchesOff.isEmpty ? nil : "off: " + switchesOff.joined(separator: ", ")
    }

    private var foreignRulesDetail: String? {
        closedChains.isEmpty ? nil : "peers' packets are dropped by " + closedChains.joined(separator: ", ")
    }

    private var routeDetail: String? {
        let lacks =
            addressesMissing.sorted().map { "address \($0)" } + routesMissing.sorted().map { "route to \($0)" }
        return lacks.isEmpty ? nil : "missing: " + lacks.joined(separator: ", ")
    }

    private var collisionDetail: String? {
        guard !collisions.isEmpty else { return nil }
        return collisions.sorted().map { "the host's route to \($0.route) takes peers' packets of the pool \($0.pool)" }
            .joined(separator: ", ")
    }

    private var tableDetail: String? {
        tableTrouble ?? (isDiskShort ? "the disk of the peer table is nearly full" : nil)
    }

    private var clockDetail: String? {
        guard let skew = clockSkew, skew > Self.clockSkewMax || skew < .zero - Self.clockSkewMax else { return nil }
        return "more than \(Self.clockSkewMax.components.seconds / 60) minutes "
            + (skew > .zero ? "before" : "behind") + " the coordinator's"
    }

    private var contentionDetail: String? {
        let parts = KeptPart.allCases.compactMap { part in
            fights[part].map { author in part.words + (author.map { ", by \($0)" } ?? "") }
        }
        return parts.isEmpty ? nil : "changed again and again: " + parts.joined(separator: "; ")
    }

    private static func because(_ reason: String?) -> String { reason.map { ": \($0)" } ?? "" }

    /// One printable line of the wire's length.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.value >= 32 && $0.value < 127 ? Character($0) : " " }
        return String(scalars.prefix(detailMax))
    }
}

extension NodeCondition.Kind {
    /// What an operator does about it.
    public var remedy: String {
        switch self {
        case .exitPolicy: "holdfast-agent exit-policy load says what is wrong with the policy file"
        case .forwarding: "find out who turns it off (/etc/sysctl.d); systemctl start holdfast-exit-policy turns it on"
        case .foreignRules:
            "let the tunnel's packets pass there, both ways; where they do pass, name the table in `exit.trusted_tables`"
        case .interface: "journalctl -u holdfast-agent"
        case .route: "journalctl -u holdfast-agent; `ip route` and `ip address` show what there is"
        case .addressCollision:
            "move that network, or give the fleet another pool (the coordinator's `tunnel.ipv4_pool`)"
        case .wireGuard: "modprobe wireguard; where that fails, run Debian's own kernel"
        case .peerTable: "make room on its disk, or mend it; never remove the table"
        case .clock: "set the clock, and start chrony or systemd-timesyncd"
        case .contention: "stop that program, or take this node's interface and table out of its hands"
        case .identity: "put the node's own key back, or enrol it again with --force"
        case .unknown: "journalctl -u holdfast-agent"
        }
    }

    /// As a person names what is examined.
    public var subject: String {
        switch self {
        case .exitPolicy: "exit policy"
        case .forwarding: "forwarding"
        case .foreignRules: "other rules"
        case .interface: "interface"
        case .route: "routes"
        case .addressCollision: "address pool"
        case .wireGuard: "kernel"
        case .peerTable: "peer table"
        case .clock: "clock"
        case .contention: "other programs"
        case .identity: "keys"
        case .unknown: "node"
        }
    }
}
