import Database

/// One step of the schema: numbered, immutable, applied once, in a transaction of its own.
struct Migration: Sendable {
    let number: Int32
    let statements: [Statement]

    init(number: Int32, statements: [String]) {
        self.number = number
        self.statements = statements.map { sql in Statement(sql) }
    }

    /// Every step, in order.
    static let all = [
        Migration0001.migration, Migration0002.migration, Migration0003.migration, Migration0004.migration,
        Migration0005.migration, Migration0006.migration, Migration0007.migration, Migration0008.migration,
        Migration0009.migration, Migration0010.migration, Migration0011.migration,
        Migration0012.migration,
    ]
}
