import ArgumentParser
import CoordinatorLink
import DaemonRuntime
import Glibc
import PeerTable
import WireGuardDevice

/// An end of the program: what to say, and the exit status that goes with it.
struct Failure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    init(_ error: DurableFileError) {
        switch error {
        case .missing: self.init(.missingInput, error.description)
        case .exposed, .foreignOwner, .tooLarge, .notAFile, .exists: self.init(.configuration, error.description)
        case .failed: self.init(.inputOutput, error.description)
        }
    }

    /// A system call on a file failed, and `errno` says why.
    init(call: String, _ path: String) {
        let code = errno
        let status: ExitStatus = code == EACCES || code == EPERM ? .notPermitted : .inputOutput
        self.init(status, "\(path): cannot \(call): \(String(cString: strerror(code)))")
    }

    init(_ error: TableError) {
        switch error {
        case .missing, .corrupt, .newerSchema: self.init(.configuration, error.description)
        case .permission: self.init(.notPermitted, error.description)
        case .readOnly, .full, .inputOutput: self.init(.inputOutput, error.description)
        case .locked: self.init(.temporaryFailure, error.description)
        }
    }

    init(_ error: SettingsError) { self.init(.configuration, error.description) }

    init(_ error: EnrolmentFailure) {
        if case .tryLater = error {
            self.init(.temporaryFailure, error.description)
        } else {
            self.init(.unavailable, error.description)
        }
    }

    init(_ error: OpenSSLError) { self.init(.software, error.description) }

    /// Runs a command's body; a failure is said on standard error, and becomes the exit status.
    static func exiting(_ body: () throws(Failure) -> Void) throws(ExitCode) {
        do throws(Failure) {
            try body()
        } catch {
            StandardError.write("holdfast-agent: \(error.message)")
            throw ExitCode(error.status.rawValue)
        }
    }

    /// Turns an operation's own error into a failure.
    static func wrapping<Result: ~Copyable, Cause: Error>(
        _ failure: (Cause) -> Failure,
        _ body: () throws(Cause) -> Result
    ) throws(Failure) -> Result {
        do { return try body() } catch { throw failure(error) }
    }
}
