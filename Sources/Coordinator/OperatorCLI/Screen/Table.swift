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
        rows.append(cells)
    }

    var isEmpty: Bool { rows.isEmpty }

    var lines: [String] {
        let all = [headers.map(\.title)] + rows
        let widths = headers.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(zip(row, widths), headers).map { pair, header in
                let padding = String(repeating: " ", count: pair.1 - pair.0.count)
                return header.alignment == .left ? pair.0 + padding : padding + pair.0
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
