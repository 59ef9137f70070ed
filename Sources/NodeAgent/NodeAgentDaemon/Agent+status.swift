import Assessment
import CoordinatorLink
import DaemonRuntime
import LinkProtocol
import Model
import PeerTable
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// What `holdfast-agent status --json` prints. Keys are only ever added.
    func statusDocument() -> JSON {
        let now = Moment.now()
        let counters = keeper.counters
        let uptime = (now.monotonic - startedAt.monotonic).components.seconds
        return .object([
            ("version", .string(Version.current)),
            ("desired_version", .text(upgradeRequest.desired.flatMap { PackageVersion($0) })),
            ("node_id", .text(record.nodeID)),
            ("name", .string(record.name)),
            ("region", .text(record.region)),
            ("uptime_s", .number(uptime)),
            ("ready", .boolean(isReady)),
            ("conditions", .array(conditions.map(\.document))),
            ("ipv6_available", .boolean(!ipv6Unavailable)),
            ("repairs", .object(KeptPart.allCases.map { ($0.rawValue, .count(history.total(of: $0))) })),
            ("tracked_connections", host.connections.map { .count($0.count) } ?? .null),
            ("tracked_connections_max", host.connections.map { .count($0.max) } ?? .null),
            ("link", linkStatus(now)),
            ("certificate_days_left", .number((link.status.certificateExpires - now.wall).wholeDays)),
            (
                "table",
                .object([
                    ("revision", .count(table.version.revision.number)),
                    ("digest", .text(table.digest)),
                    ("peers", .count(table.count)),
                    ("peers_lingering", .count(table.lingering.count)),
                    ("last_error", .text(tableTrouble ?? readTrouble)),
                ])
            ),
            (
                "device",
                .object([
                    ("kind", .string(configuration.deviceKind.rawValue)),
                    ("interface", .text(configuration.interface)),
                    ("public_key", .text(publicKey)),
                    ("listen_port", .count(configuration.listenPort)),
                    ("peers", .count(keeper.peersInKernel)),
                    ("in_step", .boolean(keeper.isInStep)),
                    ("peers_set", .count(counters.peersSet)),
                    ("peers_removed", .count(counters.peersRemoved)),
                    ("messages_sent", .count(counters.messagesSent)),
                    ("drift_repaired", .count(counters.driftRepaired)),
                    ("interfaces_recreated", .count(counters.interfacesRecreated)),
                    ("reconciliations", .count(reconciliations.count)),
                    ("last_reconciliation_us", .number(reconciliations.last.microseconds)),
                    ("peers_refused", .count(keeper.refused.count)),
                    ("refused", .array(refusedPeers())),
                    ("last_error", .text(deviceTrouble.map { sentence($0) })),
                ])
            ),
        ])
    }

    private func linkStatus(_ now: Moment) -> JSON {
        let status = link.status
        return .object([
            ("state", .string(status.state.rawValue)),
            ("since", .text(status.since)),
            ("since_s", .number(max(0, (now.wall - status.since).components.seconds))),
            ("desired_revision", link.desiredRevision.map { .count($0.number) } ?? .null),
            ("coordinator", .text(status.coordinator)),
            ("connections", .count(status.connections)),
            ("clock_skew_ms", status.clockSkew.map { .number($0.milliseconds) } ?? .null),
            ("certificate_expires", .text(status.certificateExpires)),
            ("last_error", .text(status.lastFailure)),
        ])
    }

    private func refusedPeers() -> [JSON] {
        // Enough to see what is wrong; the count tells of the rest.
        keeper.refused.sorted { $0.key < $1.key }.prefix(50).map { peer in
            .object([("public_key", .text(peer.key)), ("reason", .string(peer.value))])
        }
    }
}

extension NodeCondition {
    fileprivate var document: JSON { .object([("kind", .string(kind.rawValue)), ("detail", .string(detail))]) }
}
