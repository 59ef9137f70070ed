extension IPv6Address {
    /// - Parameter text: a form of RFC 4291 section 2.2, without zone; else nil.
    public init?(_ text: some StringProtocol) {
        let halves = text.components(aroundFirst: "::")
        guard let head = Self.groups(in: halves.0) else { return nil }
        guard let rest = halves.1 else {
            guard head.count == 8 else { return nil }
            self.init(groups: head)
            return
        }
        guard let tail = Self.groups(in: rest), head.count + tail.count < 8 else { return nil }
        self.init(groups: head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private init(groups: [UInt16]) {
        self.init(
            high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
        )
    }

    /// The 16-bit groups of one side of `::`; a dotted IPv4 tail counts as two.
    private static func groups(in text: String) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains("."), let tail = IPv4Address(part) {
                groups += [UInt16(tail.number >> 16), UInt16(tail.number & 0xffff)]
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ Hexadecimal.value(of: $0) != nil }),
                let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups.count <= 8 ? groups : nil
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The canonical form of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
    public var description: String {
        let groups = [high, low].flatMap { word in
            (0..<4).map { UInt16(truncatingIfNeeded: word >> UInt64(48 - 16 * $0)) }
        }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > longest.count { longest = start..<end }
            start = end + 1
        }
        guard longest.count >= 2 else { return Self.joined(groups[...]) }
        return Self.joined(groups[..<longest.lowerBound]) + "::" + Self.joined(groups[longest.upperBound...])
    }

    private static func joined(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}

extension StringProtocol {
    /// What stands before and after the first `separator`; the second part is nil where there is none.
    func components(aroundFirst separator: String) -> (String, String?) {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                return (String(self[startIndex..<rest.startIndex]), String(rest.dropFirst(separator.count)))
            }
            rest = rest.dropFirst()
        }
        return (String(self), nil)
    }
}
