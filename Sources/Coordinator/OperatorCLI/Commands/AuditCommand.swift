import ArgumentParser
import Model

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "What changed and who asked; and how to undo it.",
        subcommands: [List.self, Verify.self, Rollback.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List entries, the newest first.")
        @Option(help: "About this node.") var node: String?
        @Option(help: "About this peer, by its id.") var peer: String?
        @Option(help: "Only this action, such as node.cordoned.") var action: String?
        @Option(help: "Only by this operator, or this kind: system, customer, node, store.") var actor: String?
        @Option(help: "Since a moment, or as long ago: 2026-01-31T12:00:00Z or 2h.") var since: MomentArgument?
        @Option(help: "Until a moment, or as long ago.") var until: MomentArgument?
        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let entries = try await client.list(
                    "audit",
                    "entries",
                    [
                        "node": node, "peer": peer, "action": action, "actor": actor,
                        "since": since.map { "\($0.moment)" }, "until": until.map { "\($0.moment)" },
                    ],
                    limit: max(1, limit)
                )
                try options.show(.object(["entries": .array(entries)])) { _ in Views.audit(entries) }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walk the whole log's chain; exit status 1 where it does not hold.",
            discussion: """
                It is compared with the heads that the coordinator has kept outside the database. A head that was noted down \
                elsewhere, or that a coordinator has logged, is compared with --position and --head.
                """
        )
        @Option(help: "A position that was noted down.") var position: Int64?
        @Option(help: "The head that was noted down with it.") var head: String?
        @OptionGroup var options: Options

        func validate() throws {
            guard (position == nil) == (head == nil) else {
                throw ValidationError("give --position and --head together")
            }
        }

        func run() async throws {
            try await options.run { client in
                let result = try await client.get(
                    "audit/verify",
                    ["position": position.map { "\($0)" }, "head": head],
                    timeout: .seconds(600)
                )
                try options.show(result) { _ in Self.lines(result) }
                if !result.boolean("intact") { throw CommandFailure.nothing("the audit log is not vouched for") }
            }
        }

        static func lines(_ result: JSONDocument) -> [String] {
            let verified = HumanText.count(result.integer("verified") ?? 0)
            let unsealed = result.integer("unsealed") ?? 0
            var lines = ["\(verified) entries hold, and \(HumanText.count(unsealed)) wait to be sealed"]
            if let broken = result["broken"], broken != .null {
                let entry = broken.integer("entry").map { " (entry \($0))" } ?? ""
                lines.append(
                    "broken at position \(broken.integer("position") ?? 0)\(entry): \(broken.string("reason") ?? "")"
                )
            } else {
                if let anchored = result.integer("anchored") { lines.append("anchored up to position \(anchored)") }
                lines.append("position \(result.integer("verified") ?? 0), head \(result.string("head") ?? "")")
            }
            if let fault = result.string("anchor_fault") { lines.append(fault) }
            return lines
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Undo an entry, or what was placed on a node in a span of time.",
            discussion: "What something later builds on stays as it is, with the reason. Look first, with --dry-run."
        )
        @Argument(help: "The entry's number.") var entry: Int64?
        @Option(help: "Instead of an entry: the node's name or id.") var node: String?
        @Option(help: "With --node: since a moment, or as long ago.") var since: MomentArgument?
        @Option(help: "With --node: until a moment, or as long ago.") var until: MomentArgument?
        @Flag(help: "Print what would be undone, and change nothing.") var dryRun = false
        @OptionGroup var options: Options

        func validate() throws {
            guard (entry == nil) != (node == nil) else { throw ValidationError("give an entry, or --node and --since") }
            guard node == nil || since != nil else { throw ValidationError("--node needs --since") }
            guard node != nil || (since == nil && until == nil) else {
                throw ValidationError("--since and --until go with --node")
            }
        }

        func run() async throws {
            try await options.run { client in
                var body: [String: JSONDocument] = ["dry_run": .boolean(dryRun)]
                if let entry { body["entry"] = .integer(entry) }
                if let node { body["node"] = .string(node) }
                if let since { body["since"] = .string("\(since.moment)") }
                if let until { body["until"] = .string("\(until.moment)") }
                var result = try await client.post("audit/rollback", body, timeout: .seconds(150))
                // The coordinator stops after a while: it is asked again, about the same span.
                while let left = result.integer("left"), left > 0 {
                    StandardError.print("\(HumanText.count(left)) steps are left")
                    body["until"] = result["until"]
                    let next = try await client.post("audit/rollback", body, timeout: .seconds(150))
                    let sums = ["done", "overtaken"].map { key in
                        (key, JSONDocument.integer((result.integer(key) ?? 0) + (next.integer(key) ?? 0)))
                    }
                    result = result.replacing(Dictionary(uniqueKeysWithValues: sums))
                        .replacing(["left": next["left"] ?? .integer(0)])
                }
                let whole = result
                try options.show(whole) { _ in lines(whole) }
                guard dryRun || result.integer("done") ?? 0 > 0 else {
                    throw CommandFailure.nothing("nothing was undone")
                }
            }
        }

        private func lines(_ result: JSONDocument) -> [String] {
            var lines = (result.string("text") ?? "").split(separator: "\n", omittingEmptySubsequences: false)
                .map { HumanText.plain(String($0)) }
            while lines.last == "" { lines.removeLast() }
            if !dryRun {
                lines.append("")
                lines.append("\(HumanText.count(result.integer("done") ?? 0)) steps done")
                if let overtaken = result.integer("overtaken"), overtaken > 0 {
                    lines.append("\(HumanText.count(overtaken)) steps did not apply any more")
                }
            }
            return lines
        }
    }
}
