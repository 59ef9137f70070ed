import Model

extension String {
    /// The other side's own words, fit for a log, a status and a terminal: one line of 300 characters at most.
    var plain: String { PrintableText.line(self) }
}
