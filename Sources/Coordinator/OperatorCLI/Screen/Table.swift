/// Rows of text in aligned columns.
struct Table: Sendable {
    enum Alignment: Sendable { case left, right }

    private let headers: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ headers: [(title: String, alignment: Alignment)]) {
        self.headers = headers
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == headers.count, "a row has a cell for each column")
        rows.append(cells.map(HumanText.plain))
    }

    var isEmpty: Bool { rows.isEmpty }

    var lines: [String] { lines(columns: .max, optional: []) }

    /// - Parameters:
    ///   - columns: the screen's width.
    ///   - optional: titles of what may be left out where the screen is too narrow, the least needed first.
    func lines(columns: Int, optional: [String]) -> [String] {
        let all = [headers.map(\.title)] + rows
        let widths = headers.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        var shown = Array(headers.indices)
        for title in optional where shown.reduce(-2, { $0 + widths[$1] + 2 }) > columns {
            shown.removeAll { headers[$0].title == title }
        }
        return all.map { row in
            let cells = shown.map { column in
                let (pair, header) = ((row[column], widths[column]), headers[column])
                let padding = String(repeating: " ", count: pair.1 - pair.0.count)
                return header.alignment == .left ? pair.0 + padding : padding + pair.0
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
