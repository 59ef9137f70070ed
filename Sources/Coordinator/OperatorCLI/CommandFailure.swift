import DaemonRuntime

/// What keeps a command from doing what it was asked; each text is one sentence with the remedy.
enum CommandFailure: Error, Hashable, Sendable {
    /// The coordinator's answer: its words, and what it says one can do.
    case refused(status: Int, problem: String?, title: String, detail: String?)
    case unreachable(address: String, reason: String)
    /// TLS did not come about: another authority's coordinator, most likely.
    case notTrusted(address: String, reason: String)
    case noProfile(directory: String)
    case manyProfiles(names: [String])
    case unknownProfile(name: String, path: String)
    case unreadableProfile(String)
    case damagedProfile(path: String, reason: String)
    /// What the coordinator sent is not what this version understands.
    case unexpectedAnswer(String)
    case operationFailed(String)
    case operationCancelled(id: String)
    case waitingForRoom(String)
    case timeout(String)
    case nothing(String)
    case emptyName
    /// What a command found out could not be written to standard output.
    case lostOutput(reason: String)

    var exitCode: Int32 {
        switch self {
        case .refused(let status, _, _, _):
            switch status {
            case 401, 403: ExitStatus.notPermitted.rawValue
            case 503, 429: ExitStatus.temporaryFailure.rawValue
            default: 1
            }
        case .unreachable, .notTrusted: ExitStatus.unavailable.rawValue
        case .noProfile, .manyProfiles, .unknownProfile: ExitStatus.missingInput.rawValue
        case .unreadableProfile, .damagedProfile: ExitStatus.configuration.rawValue
        case .unexpectedAnswer: ExitStatus.protocolViolation.rawValue
        case .operationFailed, .nothing: 1
        case .operationCancelled: 2
        case .emptyName: ExitStatus.usage.rawValue
        case .lostOutput: ExitStatus.inputOutput.rawValue
        case .waitingForRoom, .timeout: ExitStatus.temporaryFailure.rawValue
        }
    }
}

extension CommandFailure {
    /// For programs.
    var document: JSONDocument {
        var fields: [String: JSONDocument] = [
            "error": .string("\(self)"), "exit_status": .integer(Int64(exitCode)),
        ]
        if case .refused(let status, let problem, _, _) = self {
            fields["status"] = .integer(Int64(status))
            fields["problem"] = problem.map { .string($0) }
        }
        return .object(fields)
    }
}

extension CommandFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .refused(_, _, let title, let detail): detail.map { "\(title). \($0)" } ?? title
        case .unreachable(let address, let reason):
            "the coordinator at \(address) cannot be reached (\(reason)); see that it runs, and that its admin.listen is"
                + " reachable from here"
        case .notTrusted(let address, let reason):
            "the coordinator at \(address) is not the one of this profile (\(reason)); have a new profile made"
        case .noProfile(let directory):
            "there is no profile in \(directory); put the file there that `holdfast-coordinator operator add` made, or"
                + " name it with --profile"
        case .manyProfiles(let names):
            "there are several profiles (\(names.joined(separator: ", "))); choose one with --profile or"
                + " `holdfast profile use NAME`"
        case .unknownProfile(let name, let path): "there is no profile \(name): \(path) does not exist"
        case .unreadableProfile(let reason): reason
        case .damagedProfile(let path, let reason): "\(path): \(reason); have a new profile made"
        case .unexpectedAnswer(let what): "the coordinator's answer is not understood: \(what)"
        case .operationFailed(let reason): reason
        case .operationCancelled(let id): "operation \(id) was cancelled"
        case .waitingForRoom(let reason):
            "the drain waits for room: \(reason); it goes on by itself once there is some"
        case .timeout(let what): what
        case .nothing(let what): what
        case .emptyName: "an empty name names nothing"
        case .lostOutput(let reason): "standard output cannot be written: \(reason)"
        }
    }
}
