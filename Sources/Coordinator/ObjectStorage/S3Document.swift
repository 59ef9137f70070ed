/// The little that is asked of S3's answers: the texts of elements that hold nothing but text. What looks otherwise is no
/// answer of S3's.
struct S3Document: Sendable {
    private let text: String

    /// Nil when the bytes are not UTF-8.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        self.text = text
    }

    /// In the order of the document; nil when one of them is not a text.
    func texts(of element: String) -> [String]? {
        let (opening, closing) = ("<\(element)>", "</\(element)>")
        var found: [String] = []
        var rest = text[...]
        while let start = rest.firstRange(of: opening) {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: closing), let text = Self.unescaped(rest[..<end.lowerBound]) else {
                return nil
            }
            found.append(text)
            rest = rest[end.upperBound...]
        }
        return found
    }

    func text(of element: String) -> String? { texts(of: element)?.first }

    private static let entities: [Substring: Character] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]

    private static func unescaped(_ text: Substring) -> String? {
        guard !text.contains("<") else { return nil }
        var parts = text.split(separator: "&", omittingEmptySubsequences: false)
        var unescaped = String(parts.removeFirst())
        for part in parts {
            guard let end = part.firstIndex(of: ";"), let character = character(part[..<end]) else { return nil }
            unescaped.append(character)
            unescaped += part[part.index(after: end)...]
        }
        return unescaped
    }

    private static func character(_ reference: Substring) -> Character? {
        if let character = entities[reference] { return character }
        guard reference.hasPrefix("#") else { return nil }
        let digits = reference.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map(Character.init)
    }
}
