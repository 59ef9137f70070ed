import Assessment
import DaemonRuntime
import LinkProtocol
import Model
import NFTables
import Netlink
import WireGuardDevice

/// The node's conditions, as `check` tells them: the running agent's own, which every other teller has from it, too; or,
/// where none answers, those that follow from a look at the host.
struct ConditionExamination {
    let configuration: AgentConfiguration
    let addresses: [IPPrefix]

    /// - Parameter report: the running agent's; nil where none answers.
    func findings(_ report: StatusReport?) -> [Finding] {
        guard configuration.deviceKind == .kernel || report?.conditions != nil else { return [] }
        let told = report?.conditions.map { conditions in
            conditions.map { NodeCondition(NodeCondition.Kind(rawValue: $0.kind) ?? .unknown, $0.detail) }
        }
        let conditions = told ?? look().conditions
        var findings = NodeCondition.Kind.allCases.flatMap { kind -> [Finding] in
            let found = conditions.filter { $0.kind == kind }
            if !found.isEmpty { return found.map { .failed(kind.subject, $0.detail, remedy: kind.remedy) } }
            return Self.praise(kind).map { [.passed(kind.subject, $0)] } ?? []
        }
        let routes = HostRouteView.ofHost(tunnel: tunnelIndex(), addresses: addresses)
        findings += (routes?.narrowed ?? []).map { Self.narrowed($0) }
        if isIPv6Missing(report, routes) {
            findings.append(
                .warning("IPv6", "clients reach nothing over it here", remedy: "give this host IPv6, if they are to")
            )
        }
        return findings
    }

    /// The same judgement as the agent's, on what can be seen from outside.
    private func look() -> Observation {
        var observation = Observation()
        let name = configuration.interface.description
        lookAtRules(&observation)
        let forwarding = Forwarding()
        let isIPv6Off = (try? forwarding.isIPv6Off(tunnel: name)) ?? true
        observation.switchesOff = (try? forwarding.switchesOff(tunnel: name, needsIPv6: !isIPv6Off)) ?? []
        let routes = HostRouteView.ofHost(tunnel: tunnelIndex(), addresses: addresses)
        observation.collisions = routes?.collisions ?? []
        observation.routesMissing = (routes?.missing ?? []).filter { network in
            if case .v6 = network.address { !isIPv6Off } else { true }
        }
        return observation
    }

    private func lookAtRules(_ observation: inout Observation) {
        guard configuration.exitGuard != .off else { return }
        do throws(NetlinkError) {
            var reader = try RulesetReader()
            let table = TableName(.inet, ExitPolicy.table)
            let ruleset = try reader.read(table, interface: configuration.interface.description)
            observation.exitPolicy = ruleset.image == nil ? .missing(nil) : .inForce
            observation.closedChains = ruleset.closedChains
                .filter { !configuration.trustedTables.contains($0.table.description) }
                .map(\.description)
        } catch {
            observation.exitPolicy = .unreadable("run this as root (\(error))")
        }
    }

    private func tunnelIndex() -> UInt32? { (try? InterfaceView.of(configuration.interface))?.index }

    private func isIPv6Missing(_ report: StatusReport?, _ routes: HostRouteView?) -> Bool {
        if let isAvailable = report?.ipv6_available { return !isAvailable }
        let isOff = (try? Forwarding().isIPv6Off(tunnel: configuration.interface.description)) ?? true
        return isOff || routes?.hasIPv6Internet == false
    }

    private static func narrowed(_ collision: Observation.Collision) -> Finding {
        .warning(
            NodeCondition.Kind.addressCollision.subject,
            "\(collision.pool) takes its part of the host's route to \(collision.route): this node reaches nothing there",
            remedy: "none, where nothing of yours has an address in \(collision.pool); else give the fleet another pool"
        )
    }

    /// Nil for what is examined elsewhere, or by the running agent alone.
    private static func praise(_ kind: NodeCondition.Kind) -> String? {
        switch kind {
        case .exitPolicy: "in force (nft list table inet \(ExitPolicy.table))"
        case .forwarding: "on"
        case .foreignRules: "no other table drops the tunnel's packets"
        case .route: "they are there"
        case .addressCollision: "no network of the host is in it"
        case .interface, .wireGuard, .peerTable, .clock, .contention, .identity, .unknown: nil
        }
    }
}
