import CPostgres

/// What a failed `PGresult` says, without the parts that can quote a value.
struct ServerError {
    let error: DatabaseError
    /// The server closes the session after this.
    let endsSession: Bool
    /// A kept plan no longer fits the schema; prepared anew, the statement can succeed.
    let isStalePlan: Bool

    init(_ result: OpaquePointer) {
        func field(_ code: some BinaryInteger) -> String {
            PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? ""
        }
        let sqlstate = field(ErrorField.sqlstate)
        let severity = field(ErrorField.severity)
        endsSession = severity == "FATAL" || severity == "PANIC" || sqlstate.isEmpty
        isStalePlan =
            sqlstate == "26000" || (sqlstate == "0A000" && field(ErrorField.function) == "RevalidateCachedQuery")
        error = Self.classify(sqlstate, endsSession: endsSession, field: { field($0) })
    }

    /// PostgreSQL's documentation, "Error and Notice Message Fields".
    enum ErrorField {
        static let severity = UInt8(ascii: "V")
        static let sqlstate = UInt8(ascii: "C")
        static let message = UInt8(ascii: "M")
        static let table = UInt8(ascii: "t")
        static let column = UInt8(ascii: "c")
        static let constraint = UInt8(ascii: "n")
        static let function = UInt8(ascii: "R")
    }

    private static func classify(
        _ sqlstate: String,
        endsSession: Bool,
        field: (UInt8) -> String
    ) -> DatabaseError {
        let constraint = field(ErrorField.constraint)
        switch sqlstate {
        case "23505": return .uniqueViolation(constraint: constraint)
        case "23503": return .foreignKeyViolation(constraint: constraint)
        case "23514": return .checkViolation(constraint: constraint)
        case "23P01": return .exclusionViolation(constraint: constraint)
        case "23502": return .notNullViolation(table: field(ErrorField.table), column: field(ErrorField.column))
        case "40001", "40P01": return .serializationFailure
        case "25006": return .unavailable(.readOnly)
        case "57014", "55P03": return .unavailable(.timeLimit)
        case "57P01", "57P02", "57P03", "57P05", "25P03": return .unavailable(.serverStopping)
        case "": return .unavailable(.connectionLost)
        default: break
        }
        let category = sqlstate.prefix(2)
        if category == "53" || category == "58" { return .unavailable(.serverResources(sqlstate: sqlstate)) }
        if category == "08" { return .unavailable(.connectionLost) }
        if endsSession { return .unavailable(.serverStopping) }
        return .statement(sqlstate: sqlstate, message: quotesNoValue(category) ? field(ErrorField.message) : "")
    }

    /// Classes of errors about the statement itself, whose text is a constant of the program, or raised by our own
    /// functions in the database.
    private static func quotesNoValue(_ category: Substring) -> Bool {
        ["0A", "25", "26", "28", "3B", "3D", "3F", "42", "55", "P0"].contains(category)
    }
}
