extension String {
    /// The other side's own words, fit for a log, a status and a terminal: without control characters, which might be
    /// commands to the terminal, and 300 characters at most.
    var plain: String {
        String(UnicodeScalarView(unicodeScalars.lazy.filter { !$0.isControl }.prefix(300)))
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    fileprivate var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
