import LinkProtocol
import Model

/// Why a change did not make it into the table, which is as it was before.
public enum ChangeFailure: Error, Hashable, Sendable {
    /// The change does not follow on from the table, or is too dangerous.
    case refused(Revision, ChangeRefusal)
    case table(TableError)

    static func wrapping<Result: ~Copyable>(_ body: () throws(TableError) -> Result) throws(ChangeFailure) -> Result {
        do { return try body() } catch { throw .table(error) }
    }
}
