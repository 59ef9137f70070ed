import ArgumentParser

struct DrainCommand: AsyncParsableCommand {
    enum End: String, ExpressibleByArgument, CaseIterable {
        case moved, done
    }

    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Move every peer of a node elsewhere, without its customers noticing.",
        discussion: """
            The node is cordoned, and each peer is installed on another node of the region before it is switched. The node \
            keeps a moved peer until its client has gone, or until the deadline. Asking again gives the drain that runs.

            With --wait: exit status 0 when it is done, 1 when it failed, 2 when it was cancelled, 75 when it waits for room \
            or the timeout is over. Ctrl-C ends the waiting, not the drain.
            """
    )

    @Argument(help: "The node's name or id.") var name: String
    @Flag(help: "Show the progress until the drain is over.") var wait = false
    @Option(help: "With --wait: 'moved' is enough when every peer has switched, 'done' when the node is empty.")
    var until: End?
    @Option(help: "With --wait: give up waiting after this, such as 30m.") var timeout: DurationArgument?
    @Option(help: "How long the node keeps a moved peer at most, such as 2h.") var deadline: DurationArgument?
    @Flag(help: "Retire the node once it is empty.") var thenRetire = false
    @Flag(help: "Print what would move where, and change nothing.") var dryRun = false
    @OptionGroup var options: Options

    func validate() throws {
        guard wait || (timeout == nil && until == nil) else {
            throw ValidationError("--until and --timeout are about waiting: give --wait as well")
        }
        guard !(wait && dryRun) else { throw ValidationError("--dry-run begins nothing that could be waited for") }
    }

    func run() async throws {
        try await options.run { client in
            var body: [String: JSONDocument] = ["dry_run": .boolean(dryRun)]
            if thenRetire { body["then_retire"] = .boolean(true) }
            if let deadline { body["linger_s"] = .integer(deadline.seconds) }
            let answer = try await client.post(
                "nodes/\(try RequestTarget.segment(name))/drain",
                body,
                timeout: .seconds(90)
            )
            if dryRun {
                return try options.show(answer) { _ in
                    (answer.string("text") ?? "").split(separator: "\n", omittingEmptySubsequences: false)
                        .map { HumanText.plain(String($0)) }
                }
            }
            guard let id = answer.string("id") else { throw CommandFailure.unexpectedAnswer("an operation without id") }
            guard wait else {
                return try options.say("drain \(id) of \(name): \(Progress.text(answer))", answer)
            }
            try await OperationWatch(
                client: client,
                id: id,
                isJSON: options.isJSON,
                timeout: timeout?.duration,
                untilMoved: until == .moved
            ).run()
        }
    }
}
