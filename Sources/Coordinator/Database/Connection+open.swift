import CPostgres

extension Connection {
    /// A new connection in pipeline mode, with the program's defaults where the connection string says nothing.
    static func open(_ configuration: DatabaseConfiguration) throws(DatabaseError) -> OpaquePointer {
        // With `expand_dbname`, the connection string wins over what stands before it and loses to what stands after.
        let options: [(String, String)] = [
            ("connect_timeout", String(max(2, configuration.connectTimeout.clamped_ms / 1000))),
            ("fallback_application_name", configuration.applicationName),
            ("keepalives", "1"),
            ("keepalives_idle", "10"),
            ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
            ("dbname", configuration.connectionString),
            ("client_encoding", "UTF8"),
        ]
        let handle = withCStrings(options.map(\.0)) { keywords in
            withCStrings(options.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let handle else { throw .unavailable(.cannotConnect("out of memory")) }
        // Notices may quote values, and nobody acts on them.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1
        else {
            let reason = reasonWithoutPassword(handle, configuration)
            PQfinish(handle)
            throw .unavailable(.cannotConnect(reason))
        }
        return handle
    }

    private static func reasonWithoutPassword(_ handle: OpaquePointer, _ configuration: DatabaseConfiguration) -> String
    {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        if let password = configuration.password, !password.isEmpty, text.contains(password) {
            return "cannot connect to the database server"
        }
        return text.split(separator: "\n").joined(separator: "; ")
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var places: [Int] = []
        for string in strings {
            places.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = places.map { buffer.baseAddress?.advanced(by: $0) }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { pointers in
                guard let start = pointers.baseAddress else { preconditionFailure("the array ends with a nil") }
                return body(start)
            }
        }
    }
}
