/// The names in a JSON text (RFC 8259, section 4) that a decoder does not tell of: those that it passes over, and those
/// that come twice, of which it keeps one.
public struct JSONMembers: Hashable, Sendable {
    /// Of the outermost object, in order.
    public private(set) var names: [String] = []
    /// The first name that comes twice in one object, at any depth.
    public private(set) var repeated: String?

    /// - Parameter text: a JSON text; of another one anything may be said.
    public init(_ text: [UInt8]) {
        // The names of each open object; nil for an array.
        var open: [Set<String>?] = []
        var expectsName = false
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "{"):
                open.append([])
                expectsName = true
            case UInt8(ascii: "["):
                open.append(nil)
                expectsName = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                expectsName = false
            case UInt8(ascii: ","): expectsName = open.last.map { $0 != nil } ?? false
            case UInt8(ascii: "\""):
                let end = Self.endOfString(text, from: index + 1)
                if expectsName { note(Self.unescaped(text[(index + 1)..<end]), &open) }
                expectsName = false
                index = end
            default: break
            }
            index += 1
        }
    }

    private mutating func note(_ name: String, _ open: inout [Set<String>?]) {
        guard let last = open.indices.last else { return }
        if last == 0 { names.append(name) }
        if open[last]?.insert(name).inserted == false, repeated == nil { repeated = name }
    }

    /// The place of the closing quotation mark, or the end of the text.
    private static func endOfString(_ text: [UInt8], from begin: Int) -> Int {
        var index = begin
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index, text.count)
    }

    /// Escapes of four digits are read, so that no spelling hides a repetition; others stay as they are written.
    private static func unescaped(_ raw: ArraySlice<UInt8>) -> String {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = Array(String(decoding: raw, as: UTF8.self).utf16)[...]
        while let unit = rest.popFirst() {
            if unit == UInt16(UInt8(ascii: "\\")), rest.first == UInt16(UInt8(ascii: "u")),
                let value = UInt16(String(decoding: rest.dropFirst().prefix(4), as: UTF16.self), radix: 16)
            {
                units.append(value)
                rest = rest.dropFirst(5)
            } else {
                units.append(unit)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
