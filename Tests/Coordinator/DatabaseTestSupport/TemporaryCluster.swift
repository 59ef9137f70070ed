import Database
import EmbeddedDatabase
import Glibc
import Logging

/// A data directory of a test's own, removed together with whatever server still runs in it.
public final class TemporaryCluster: Sendable {
    public let directory: String

    public init() {
        var template = Array("/tmp/holdfast-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { preconditionFailure("/tmp cannot be written") }
        chmod(made, 0o711)
        directory = made
    }

    deinit { ClusterDisposal.dispose(directory) }

    /// Without fsync unless asked for, since these clusters do not outlive the machine.
    public static var options: EmbeddedDatabaseOptions {
        var options = EmbeddedDatabaseOptions()
        options.isDurable = false
        options.sharedBuffers_MB = 16
        return options
    }

    public static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    public func start(
        _ options: EmbeddedDatabaseOptions = TemporaryCluster.options
    ) async throws(EmbeddedDatabaseError) -> EmbeddedDatabase {
        try await EmbeddedDatabase.start(in: directory, options: options, logger: Self.logger)
    }
}
