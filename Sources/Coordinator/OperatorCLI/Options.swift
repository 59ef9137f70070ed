import ArgumentParser
import DaemonRuntime
import Glibc
import Model

/// What every command takes that speaks to the coordinator.
struct Options: ParsableArguments {
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: "A profile's name, or its file (without it: HOLDFAST_PROFILE, or the one in use).")
    var profile: String?
    @Option(name: [.short, .long], help: "table for people, json for programs.") var output = Output.table

    var isJSON: Bool { output == .json }

    /// Runs the body against the coordinator; a failure becomes one sentence and an exit status.
    func run(_ body: (AdminClient) async throws -> Void) async throws {
        try await reportingFailures(isJSON: isJSON) {
            try await AdminClient.with(try loadProfile(), body)
        }
    }

    func loadProfile() throws(CommandFailure) -> Profile {
        let environment = ProcessEnvironment.current()
        let folder = ProfileFolder(environment: environment)
        return try Profile(file: try folder.file(for: profile ?? environment["HOLDFAST_PROFILE"]))
    }

    /// Prints what was asked for: whole as JSON, or the lines made of it.
    func show(_ document: JSONDocument, _ lines: (Timestamp) -> [String]) throws {
        if isJSON {
            try StandardStream.printResult(String(decoding: try document.bytes(pretty: true), as: UTF8.self))
        } else {
            try StandardStream.printResult(lines(SystemClock.now()).joined(separator: "\n"))
        }
    }

    /// What a command has done, for people; programs get the document.
    func say(_ text: String, _ document: JSONDocument) throws {
        try show(document) { _ in [text] }
    }
}

/// A failure becomes one sentence on standard error and an exit status, never a stack trace.
///
/// - Parameter isJSON: programs get the sentence in an object, with the coordinator's name for the problem.
func reportingFailures(isJSON: Bool = false, _ command: () async throws -> Void) async throws {
    do {
        try await command()
    } catch let failure as CommandFailure {
        if isJSON, let bytes = try? failure.document.bytes() {
            StandardStream.write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDERR_FILENO)
        } else {
            StandardError.print("\(failure)")
        }
        throw ExitCode(failure.exitCode)
    } catch let code as ExitCode {
        throw code
    } catch {
        StandardError.print("\(error)")
        throw ExitCode(ExitStatus.software.rawValue)
    }
}
