/// Why a step did not hold, in words for whoever reads the terminal.
public struct LabFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``LabFailure`` with `reason` unless `condition` holds.
public func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
    guard condition else { throw LabFailure(reason()) }
}

/// - Throws: ``LabFailure`` with `reason` when `value` is nil.
public func unwrap<Value>(_ value: Value?, _ reason: @autoclosure () -> String) throws -> Value {
    guard let value else { throw LabFailure(reason()) }
    return value
}
