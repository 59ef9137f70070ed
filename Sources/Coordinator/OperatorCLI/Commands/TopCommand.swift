import ArgumentParser
import DaemonRuntime
import Model
import UnixSignals

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "The fleet, live: regions, operations and nodes. Ends with q.",
        discussion: "Where standard output is no terminal, it is printed once."
    )
    @Option(help: "Between two looks, such as 5s.") var interval = DurationArgument(argument: "2s")!
    @OptionGroup var options: Options

    func validate() throws {
        guard interval.seconds >= 1 else { throw ValidationError("--interval must be 1s or more") }
    }

    func run() async throws {
        try await reportingFailures(isJSON: options.isJSON) {
            let profile = try options.loadProfile()
            try await AdminClient.with(profile) { client in
                let first = try await look(client, profile)
                guard Terminal.isInteractive, !options.isJSON else { return try show(first) }
                try await live(first, client, profile)
            }
        }
    }

    private func show(_ screen: TopScreen) throws {
        let document = JSONDocument.object([
            "regions": .array(screen.regions), "nodes": .array(screen.nodes), "operations": .array(screen.operations),
        ])
        try options.show(document) { now in screen.lines(columns: .max, rows: nil, now: now) }
    }

    private func look(_ client: AdminClient, _ profile: Profile) async throws -> TopScreen {
        async let regions = client.get("regions")
        async let nodes = client.list("nodes", "nodes", limit: 5000)
        async let operations = client.list("operations", "operations", ["open": "true"], limit: 100)
        return TopScreen(
            coordinator: "\(profile.coordinator)",
            regions: try await regions.array("regions"),
            nodes: try await nodes,
            operations: try await operations,
            trouble: nil
        )
    }

    /// Until q is pressed or a signal comes; the terminal is given back in every case.
    private func live(_ first: TopScreen, _ client: AdminClient, _ profile: Profile) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let screen = FullScreen()
        defer { screen.leave() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            // Beside the drawing: a coordinator that hangs must not hold up who wants to leave.
            group.addTask { try await Self.waitForQuit(screen) }
            group.addTask { try await draw(on: screen, first, client, profile) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func waitForQuit(_ screen: FullScreen) async throws {
        while true {
            if let key = screen.key(), key == "q" || key == "Q" { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func draw(
        on screen: FullScreen,
        _ first: TopScreen,
        _ client: AdminClient,
        _ profile: Profile
    ) async throws {
        var shown = first
        while !Task.isCancelled {
            let size = Terminal.size
            screen.draw(shown.lines(columns: size.columns, rows: size.rows, now: SystemClock.now()))
            try await Task.sleep(for: interval.duration)
            do {
                shown = try await look(client, profile)
            } catch let failure as CommandFailure {
                shown = TopScreen(
                    coordinator: shown.coordinator,
                    regions: shown.regions,
                    nodes: shown.nodes,
                    operations: shown.operations,
                    trouble: "\(failure)"
                )
            }
        }
    }
}
