/// One SQL statement with places `$1`, `$2`, … for its parameters.
///
/// Each connection prepares it the first time it meets it, in the same round trip that runs it, and keeps the plan.
/// The text is always a constant of the program: values travel as parameters only.
public struct Statement: Hashable, Sendable, ExpressibleByStringLiteral {
    public let sql: String

    public init(_ sql: String) {
        self.sql = sql
    }

    public init(stringLiteral sql: String) {
        self.init(sql)
    }

    /// The statement with its parameters, for ``Transaction/executeAll(_:)``.
    public func with(_ parameters: Parameter...) -> BoundStatement {
        BoundStatement(statement: self, parameters: parameters)
    }
}

/// A statement with the values for its parameters.
public struct BoundStatement: Sendable {
    public let statement: Statement
    public let parameters: [Parameter]

    public init(statement: Statement, parameters: [Parameter]) {
        self.statement = statement
        self.parameters = parameters
    }
}
