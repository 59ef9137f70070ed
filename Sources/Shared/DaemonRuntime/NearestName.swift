/// Finds what a mistyped name was meant to be.
enum NearestName {
    /// The name with the fewest edits, if those are few; or the only one with the same last part (`listen`).
    static func of(_ name: String, among names: [String]) -> String? {
        let measured = names.map { (name: $0, edits: edits(Array(name.utf8), Array($0.utf8))) }
        if let best = measured.min(by: { $0.edits < $1.edits }), best.edits <= max(2, name.utf8.count / 4) {
            return best.name
        }
        let last = lastPart(name)
        let sameEnd = names.filter { lastPart($0) == last }
        return sameEnd.count == 1 ? sameEnd[0] : nil
    }

    private static func lastPart(_ name: String) -> Substring { name.split(separator: ".").last ?? "" }

    /// Levenshtein's distance.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        // A hostile file must not buy quadratic work with a long key.
        guard left.count <= 200 else { return .max }
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
