import ArgumentParser

struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a node's capacity and labels."
    )

    @Argument(help: "The node's name or id.") var name: String
    @Option(help: "The most peers that it may hold.") var capacity: Int?
    @Option(help: "KEY=VALUE; may come several times.") var label: [String] = []
    @Option(help: "The key of a label to remove; may come several times.") var unlabel: [String] = []
    @OptionGroup var options: Options

    func validate() throws {
        guard capacity != nil || !label.isEmpty || !unlabel.isEmpty else {
            throw ValidationError("give --capacity, --label or --unlabel")
        }
        let keys = label.map { $0.prefix { $0 != "=" } }
        for key in unlabel where keys.contains(key[...]) {
            throw ValidationError("the label '\(key)' is both set and removed")
        }
        for pair in label where !pair.contains("=") {
            throw ValidationError("--label must be KEY=VALUE, and '\(pair)' is not")
        }
    }

    /// What is sent.
    var body: [String: JSONDocument] {
        var body: [String: JSONDocument] = [:]
        if let capacity { body["capacity"] = .integer(Int64(capacity)) }
        var labels: [String: JSONDocument] = [:]
        for key in unlabel { labels[key] = .null }
        for pair in label {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = .string(String(parts[1]))
        }
        if !labels.isEmpty { body["labels"] = .object(labels) }
        return body
    }

    func run() async throws {
        try await options.run { client in
            let node = try await client.send(.patch, "nodes/\(try RequestTarget.segment(name))", body: .object(body))
            try options.show(node) { now in Views.nodes([node], now: now) }
        }
    }
}
