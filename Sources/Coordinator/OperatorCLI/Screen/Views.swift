import Model

/// What the coordinator sent, as tables and lists for people. Pure.
enum Views {
    /// - Parameter columns: the screen's width; where it is narrow, what matters least is left out.
    static func nodes(_ nodes: [JSONDocument], now: Timestamp, columns: Int = .max) -> [String] {
        var table = Table([
            ("NAME", .left), ("REGION", .left), ("HEALTH", .left), ("STATUS", .left), ("PEERS", .right),
            ("CAPACITY", .right), ("USED", .right), ("LINGERING", .right), ("CPU", .right), ("HEARD", .left),
            ("VERSION", .left),
        ])
        for node in nodes {
            let peers = node.integer("peers") ?? 0
            let capacity = node.integer("capacity") ?? 0
            table.add([
                plain(node, "name"), plain(node, "region"), plain(node, "health"), status(node),
                HumanText.count(peers), HumanText.count(capacity), HumanText.percent(peers, of: capacity),
                HumanText.count(node.integer("lingering") ?? 0),
                node.number("cpu_percent").map { "\(Int($0))%" } ?? "-",
                HumanText.ago(node.string("heard_at"), now: now), version(node),
            ])
        }
        return table.lines(columns: columns, optional: ["LINGERING", "CAPACITY", "CPU", "USED", "REGION", "HEARD"])
    }

    /// What keeps new peers away, or that nothing does.
    private static func status(_ node: JSONDocument) -> String {
        let reasons = node.strings("closed_by").map(HumanText.plain)
        if let kind = node.string("operation_kind") {
            let others = reasons.filter { $0 != "cordoned" }
            return ([HumanText.plain(kind)] + others).joined(separator: ", ")
        }
        if !reasons.isEmpty { return reasons.joined(separator: ", ") }
        if node.string("endpoint_pending") != nil { return "endpoint pending" }
        if node.boolean("machine_refused") { return "machine refused" }
        return node.boolean("schedulable") ? "ready" : "not ready"
    }

    private static func version(_ node: JSONDocument) -> String {
        let version = plain(node, "agent_version")
        guard let desired = node.string("desired_version"), desired != version else { return version }
        return "\(version) -> \(HumanText.plain(desired))"
    }

    static func regions(_ regions: [JSONDocument]) -> [String] {
        var table = Table([
            ("REGION", .left), ("NODES", .right), ("HEALTHY", .right), ("TAKING", .right), ("PEERS", .right),
            ("CAPACITY", .right), ("USED", .right), ("CLOSED", .left),
        ])
        for region in regions {
            let peers = region.integer("peers") ?? 0
            let capacity = region.integer("capacity") ?? 0
            table.add([
                plain(region, "name"), count(region, "nodes"), count(region, "healthy"), count(region, "schedulable"),
                HumanText.count(peers), HumanText.count(capacity), HumanText.percent(peers, of: capacity),
                closed(region),
            ])
        }
        return table.lines
    }

    /// Why nodes of the region take no new peers, such as "2 cordoned, 1 out-of-order".
    private static func closed(_ region: JSONDocument) -> String {
        region.fields("closed").compactMap { reason, count in
            guard case .integer(let count) = count else { return nil }
            return "\(HumanText.count(count)) \(HumanText.plain(reason))"
        }.joined(separator: ", ")
    }

    static func operations(_ operations: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("ID", .left), ("KIND", .left), ("NODE", .left), ("STATE", .left), ("MOVED", .right), ("TOTAL", .right),
            ("UNDER WAY", .right), ("LINGERING", .right), ("BEGUN", .left), ("BY", .left), ("REASON", .left),
        ])
        for operation in operations {
            table.add([
                plain(operation, "id"), plain(operation, "kind"), plain(operation, "node"), plain(operation, "state"),
                count(operation, "moved"), count(operation, "total"), count(operation, "in_flight"),
                count(operation, "lingering"), HumanText.ago(operation.string("created_at"), now: now),
                plain(operation, "created_by"), operation.string("reason").map(HumanText.plain) ?? "",
            ])
        }
        return table.lines
    }

    static func joinTokens(_ tokens: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("ID", .left), ("REGION", .left), ("STATE", .left), ("MADE", .left), ("EXPIRES", .left), ("NODE", .left),
        ])
        for token in tokens {
            table.add([
                plain(token, "id"), plain(token, "region"), plain(token, "state"),
                HumanText.ago(token.string("created_at"), now: now),
                HumanText.ago(token.string("expires_at"), now: now), plain(token, "node"),
            ])
        }
        return table.lines
    }

    static func audit(_ entries: [JSONDocument]) -> [String] {
        var table = Table([
            ("ENTRY", .right), ("AT", .left), ("WHO", .left), ("ACTION", .left), ("NODE", .left), ("PEER", .left),
            ("DETAIL", .left),
        ])
        for entry in entries {
            let detail = [
                entry.string("detail"), entry.string("change"), entry.integer("undoes").map { "undoes \($0)" },
            ]
            table.add([
                "\(entry.integer("id") ?? 0)", plain(entry, "at"), plain(entry, "actor"), plain(entry, "action"),
                plain(entry, "node"), plain(entry, "peer"),
                detail.compactMap(\.self).map(HumanText.plain).joined(separator: "; "),
            ])
        }
        return table.lines
    }

    static func capacity(_ requests: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("ID", .left), ("REGION", .left), ("STATE", .left), ("NODE", .left), ("ASKED", .right), ("MADE", .left),
            ("EXPIRES", .left), ("REASON", .left),
        ])
        for request in requests {
            let reason = [request.string("reason"), request.string("last_error")]
            table.add([
                plain(request, "id"), plain(request, "region"), plain(request, "state"), plain(request, "node"),
                count(request, "attempts"), HumanText.ago(request.string("created_at"), now: now),
                HumanText.ago(request.string("expires_at"), now: now),
                reason.compactMap(\.self).map(HumanText.plain).joined(separator: "; "),
            ])
        }
        return table.lines
    }

    static func parked(_ events: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("EVENT", .left), ("TYPE", .left), ("CAME", .left), ("TRIED", .right), ("REASON", .left),
        ])
        for event in events {
            table.add([
                "\(plain(event, "store"))/\(plain(event, "event"))", plain(event, "type"),
                HumanText.ago(event.string("received_at"), now: now), count(event, "attempts"), plain(event, "reason"),
            ])
        }
        return table.lines
    }

    static func facts(_ facts: [JSONDocument]) -> [String] {
        var table = Table([("FACT", .left), ("VALUE", .left), ("BECAUSE", .left)])
        for fact in facts { table.add([plain(fact, "name"), plain(fact, "value"), plain(fact, "because")]) }
        return table.lines
    }

    static func rollouts(_ rollouts: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("ID", .left), ("VERSION", .left), ("STATE", .left), ("WAVE", .left), ("PASSED", .right), ("TOLD", .right),
            ("NODES", .right), ("BEGUN", .left), ("BY", .left), ("REASON", .left),
        ])
        for rollout in rollouts {
            table.add([
                plain(rollout, "id"), plain(rollout, "version"), plain(rollout, "state"), wave(rollout),
                count(rollout, "passed"), count(rollout, "told"), count(rollout, "total"),
                HumanText.ago(rollout.string("created_at"), now: now), plain(rollout, "created_by"),
                rollout.string("reason").map(HumanText.plain) ?? "",
            ])
        }
        return table.lines
    }

    private static func wave(_ rollout: JSONDocument) -> String {
        "\(rollout.integer("wave") ?? 0) of \(rollout.array("waves").count)"
    }

    static func rolloutNodes(_ nodes: [JSONDocument], now: Timestamp) -> [String] {
        var table = Table([
            ("WAVE", .right), ("NODE", .left), ("BEFORE", .left), ("RUNS", .left), ("TOLD", .left), ("PASSED", .left),
        ])
        for node in nodes {
            table.add([
                count(node, "wave"), plain(node, "name"), plain(node, "previous_version"), plain(node, "version"),
                HumanText.ago(node.string("told_at"), now: now), HumanText.ago(node.string("passed_at"), now: now),
            ])
        }
        return table.lines
    }

    /// One thing with all its fields, one a line.
    static func details(_ object: JSONDocument, now: Timestamp) -> [String] {
        guard case .object(let fields) = object else { return [] }
        let named = fields.sorted { $0.key < $1.key }.map { (HumanText.plain($0.key), $0.value) }
        let width = (named.map(\.0.count).max() ?? 0) + 2
        return named.map { name, value in
            name + String(repeating: " ", count: width - name.count) + detail(name, value, now: now)
        }
    }

    private static func detail(_ name: String, _ value: JSONDocument, now: Timestamp) -> String {
        switch value {
        case .null: "-"
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value) where name.hasSuffix("_bytes"): HumanText.bytes(value)
        case .integer(let value): HumanText.count(value)
        case .number(let value): HumanText.oneDecimal(value)
        case .string(let text) where name.hasSuffix("_at") || name.hasSuffix("_since"):
            "\(HumanText.plain(text)) (\(HumanText.ago(text, now: now)))"
        case .string(let text): HumanText.plain(text)
        case .array(let values): values.map { detail("", $0, now: now) }.joined(separator: ", ")
        case .object(let fields):
            fields.isEmpty
                ? "-"
                : fields.sorted { $0.key < $1.key }.map {
                    "\(HumanText.plain($0.key))=\(detail("", $0.value, now: now))"
                }
                .joined(separator: ", ")
        }
    }

    private static func plain(_ object: JSONDocument, _ key: String) -> String {
        object.string(key).map(HumanText.plain) ?? "-"
    }

    private static func count(_ object: JSONDocument, _ key: String) -> String {
        HumanText.count(object.integer(key) ?? 0)
    }
}
