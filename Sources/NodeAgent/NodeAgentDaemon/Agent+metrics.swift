import Assessment
import CoordinatorLink
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import PeerTable
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// How often the file is written.
    static var metricsInterval: Duration { .seconds(15) }

    /// Writes the file for node_exporter's textfile collector where it is due. Its failing is told once, and harms
    /// nothing.
    func writeMetrics() {
        guard let path = configuration.metricsFile, MonotonicClock.now() >= metricsDue else { return }
        metricsDue = MonotonicClock.now() + Self.metricsInterval
        do throws(DurableFileError) {
            // Whole or not at all, and readable by node_exporter's user.
            try DurableFile.write(Array(metricsText().utf8), to: path, mode: 0o644)
            metricsFailed = false
        } catch {
            if !metricsFailed { logger.warning("the metrics cannot be written", metadata: ["reason": "\(error)"]) }
            metricsFailed = true
        }
    }

    func metricsText() -> String {
        var metrics = MetricsText()
        let counters = keeper.counters
        let labels = [
            ("version", Version.current), ("node", record.nodeID.description), ("name", record.name),
            ("region", record.region.text),
        ]
        metrics.add(.info, 1, labels: labels)
        metrics.add(.ready, isReady)
        metrics.add(.start, startedAt.wall.seconds)
        metrics.add(.linkUp, link.status.state == .connected)
        metrics.add(.linkConnections, link.status.connections)
        metrics.add(.appliedRevision, table.version.revision.number)
        metrics.add(.desiredRevision, link.desiredRevision?.number)
        metrics.add(.tablePeers, table.count)
        metrics.add(.lingeringPeers, table.lingering.count)
        metrics.add(.kernelPeers, keeper.peersInKernel)
        metrics.add(.refusedPeers, keeper.refused.count)
        metrics.add(.inStep, keeper.isInStep)
        metrics.add(.peersSet, counters.peersSet)
        metrics.add(.peersRemoved, counters.peersRemoved)
        metrics.add(.netlinkMessages, counters.messagesSent)
        metrics.add(.driftRepaired, counters.driftRepaired)
        metrics.add(.interfacesRecreated, counters.interfacesRecreated)
        metrics.add(.reconciliations, reconciliations.count)
        metrics.add(.lastReconciliation, reconciliations.last.inSeconds)
        metrics.add(.tableTrouble, tableTrouble != nil || readTrouble != nil)
        metrics.add(.deviceTrouble, deviceTrouble != nil)
        let kinds = Set(conditions.map(\.kind))
        metrics.add(
            .condition,
            by: "kind",
            NodeCondition.Kind.allCases.map { ($0.rawValue, kinds.contains($0) ? 1 : 0) }
        )
        metrics.add(.repairs, by: "part", KeptPart.allCases.map { ($0.rawValue, history.total(of: $0)) })
        metrics.add(.ipv6Available, !ipv6Unavailable)
        metrics.add(.connections, host.connections?.count)
        metrics.add(.connectionsMax, host.connections?.max)
        metrics.add(.certificateExpires, link.status.certificateExpires.seconds)
        metrics.add(.clockSkew, link.status.clockSkew.map(\.inSeconds))
        return metrics.text
    }
}
