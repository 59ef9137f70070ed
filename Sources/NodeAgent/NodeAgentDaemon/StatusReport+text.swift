extension StatusReport {
    /// Each line a subject and what there is to say of it; what is wrong stands at the end.
    var lines: [String] {
        let rows =
            [
                ("node", "\(name) (\(node_id)), region \(region)"),
                ("new peers", newPeersText),
                ("agent", "\(version)\(wantedText), \(ready ? "ready" : "not ready yet"), up \(Age.text(uptime_s))"),
                ("link", linkText),
                (
                    "revision",
                    "\(table.revision) applied, \(link.desired_revision.map(String.init) ?? "unknown") desired"
                ),
                ("peers", peersText),
                ("interface", "\(device.interface), UDP port \(device.listen_port), key \(device.public_key)"),
                ("drift", driftText),
                ("put right", repairsText),
                ("connections", connectionsText),
                ("certificate", certificateText),
                ("clock", clockText),
            ] + errors
        return rows.map { subject, text in
            subject + String(repeating: " ", count: max(1, 13 - subject.count)) + text
        }
    }

    private var newPeersText: String {
        guard let conditions else { return "unknown: the agent is of an earlier version" }
        let ipv6 = ipv6_available == false ? " (IPv4 only: clients reach nothing over IPv6 here)" : ""
        guard !conditions.isEmpty else { return "taken\(ipv6)" }
        return "NONE TAKEN\(ipv6); the tunnels stay: "
            + conditions.map { "\($0.kind): \($0.detail)" }.joined(separator: "; ")
    }

    private var repairsText: String {
        let parts = (repairs ?? [:]).filter { $0.value > 0 }.sorted { $0.key < $1.key }
        return parts.isEmpty ? "nothing" : parts.map { "\($0.key) \($0.value) times" }.joined(separator: ", ")
    }

    private var connectionsText: String {
        guard let tracked_connections, let tracked_connections_max else { return "not tracked" }
        return "\(tracked_connections) of \(tracked_connections_max)"
    }

    private var linkText: String {
        let place = link.coordinator.map { link.state == "connected" ? " to \($0)" : ", last tried \($0)" } ?? ""
        return "\(link.state)\(place), for \(Age.text(link.since_s)) (since \(link.since))"
    }

    private var wantedText: String {
        guard let desired_version, desired_version != version else { return "" }
        return " (\(desired_version) is wanted)"
    }

    private var peersText: String {
        let refused = device.peers_refused > 0 ? ", \(device.peers_refused) refused by the kernel" : ""
        let step = device.in_step ? "" : ", not in step"
        let lingering = table.peers_lingering.flatMap { $0 > 0 ? " (\($0) moved away)" : nil } ?? ""
        return "\(table.peers) in the table\(lingering), \(device.peers) in the kernel\(refused)\(step)"
    }

    private var driftText: String {
        "\(device.drift_repaired) repaired, interface recreated \(device.interfaces_recreated) times, "
            + "compared \(device.reconciliations) times (last: \(device.last_reconciliation_us / 1000) ms)"
    }

    private var certificateText: String {
        certificate_days_left < 0
            ? "EXPIRED at \(link.certificate_expires): renewed when a coordinator is reached"
            : "\(certificate_days_left) days left (until \(link.certificate_expires))"
    }

    private var clockText: String {
        guard let skew_ms = link.clock_skew_ms else { return "not compared yet" }
        if skew_ms == 0 { return "with the coordinator's" }
        return "\(abs(skew_ms)) ms \(skew_ms > 0 ? "before" : "behind") the coordinator's"
    }

    private var errors: [(String, String)] {
        let errors = [("link", link.last_error), ("table", table.last_error), ("device", device.last_error)]
        let present = errors.compactMap { place, error in error.map { ("last error", "\(place): \($0)") } }
        return present.isEmpty ? [("last error", "none")] : present
    }
}

/// A time span for people: the two greatest units.
enum Age {
    static func text(_ seconds: Int64) -> String {
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        var rest = max(0, seconds)
        var parts: [String] = []
        for (unit, length) in units {
            let count = rest / length
            rest %= length
            if count > 0 || (unit == "s" && parts.isEmpty) { parts.append("\(count) \(unit)") }
            if parts.count == 2 || (!parts.isEmpty && count == 0) { break }
        }
        return parts.joined(separator: " ")
    }
}
