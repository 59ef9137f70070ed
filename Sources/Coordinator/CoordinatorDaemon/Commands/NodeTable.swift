import Model
import Store

/// Nodes as a table for people.
enum NodeTable {
    static func lines(_ nodes: [NodeRecord], now: Timestamp) -> [String] {
        let header = ["NAME", "REGION", "ENDPOINT", "PEERS", "CAPACITY", "CLOSED BY", "HEARD", "APPLIED", "VERSION"]
        return aligned([header] + nodes.map { cells($0, now: now) })
    }

    /// - Parameter rows: of the same number of cells each.
    static func aligned(_ rows: [[String]]) -> [String] {
        let rows = rows.map { row in row.map { PrintableText.line($0) } }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func cells(_ node: NodeRecord, now: Timestamp) -> [String] {
        let heard = node.heardAt.map { "\(max(0, (now - $0).components.seconds)) s ago" } ?? "never"
        return [
            node.name, node.region, node.endpoint, "\(node.peerCount)", "\(node.capacity)",
            node.closedBy.isEmpty ? "-" : node.closedBy.joined(separator: ","), heard,
            "\(node.appliedRevision)/\(node.revision)",
            node.agentVersion ?? "-",
        ]
    }
}
