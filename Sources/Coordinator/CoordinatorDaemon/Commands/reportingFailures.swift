import ArgumentParser
import Database
import DaemonRuntime
import EmbeddedDatabase
import SecretStore
import Store

/// Runs a command; a failure becomes one sentence on standard error and an exit status, never a stack trace.
func reportingFailures(_ command: () async throws -> Void) async throws {
    do {
        try await command()
    } catch let code as ArgumentParser.ExitCode {
        throw code
    } catch {
        StandardError.print("\(error)")
        throw ArgumentParser.ExitCode(status(of: error).rawValue)
    }
}

private func status(of error: any Error) -> ExitStatus {
    switch error {
    case let failure as StartFailure: failure.status
    case is SettingsError, is SecretError, is EmbeddedDatabaseError, is SchemaTooNew, is AuditKeyError: .configuration
    case is DurableFileError: .inputOutput
    case DatabaseError.unavailable: .unavailable
    default: .software
    }
}
