/// An object's name in its bucket: 1 to 1024 bytes of UTF-8, without control characters, and without segments that a
/// client or a proxy would resolve before the server sees them: an empty one, `.` and `..`. The last may be empty.
public struct ObjectKey: Hashable, Sendable {
    public let text: String

    /// Nil when `text` is no such name.
    public init?(_ text: String) {
        guard Self.isPlain(text), !text.isEmpty else { return nil }
        var segments = text.split(separator: "/", omittingEmptySubsequences: false)
        if segments.count > 1, segments.last?.isEmpty == true { segments.removeLast() }
        guard segments.allSatisfy({ !["", ".", ".."].contains($0) }) else { return nil }
        self.text = text
    }

    /// Whether it may be a part of a key at all, such as what keys that are listed begin with.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 1024 && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
