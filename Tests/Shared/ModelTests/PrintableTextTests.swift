import Foundation
import Model
import Testing

@Suite struct PrintableTextTests {
    /// C0, DEL, C1; overrides and isolates of direction; no width; line separators; private use, unassigned, fillers.
    private static let hostile: [Unicode.Scalar] =
        ([0x00, 0x07, 0x1b, 0x7f, 0x80, 0x9b, 0x9f, 0xad, 0x061c, 0x200b, 0x200d, 0x200e, 0x200f]
        + Array(0x202a...0x202e) + [0x2028, 0x2029, 0x2060] + Array(0x2066...0x2069)
        + [0x034f, 0x115f, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xe000, 0xe0041, 0x10ffff, 0x0378])
        .compactMap { Unicode.Scalar($0) }

    @Test(arguments: hostile) func `what a terminal would obey, or nobody would see, is shown as a mark`(
        scalar: Unicode.Scalar
    ) {
        let line = PrintableText.line("a\(String(Character(scalar)))b")
        #expect(line == "a\u{fffd}b" || line == "a b")
        #expect(line.unicodeScalars.count == 3)
        #expect(PrintableText.lines("a\(String(Character(scalar)))b\nc").hasSuffix("b\nc"))
    }

    @Test func `letters of every script, and what stands on them, are shown as they are`() {
        for text in ["exit1", "Zürich", "東京", "Киев", "e\u{301}", "🇩🇪"] { #expect(PrintableText.line(text) == text) }
    }

    @Test func `a line is one line, and no longer than it may be`() {
        #expect(PrintableText.line("one\ntwo\r\n\tthree\u{a0}four") == "one two   three four")
        #expect(PrintableText.line(String(repeating: "x", count: 5000)).count == 300)
        #expect(PrintableText.line(String(decoding: [0x61, 0xff, 0xfe, 0x9b, 0x62], as: UTF8.self)).hasSuffix("b"))
    }

    @Test(arguments: hostile) func `JSON keeps what it says, and has nothing that a terminal obeys`(
        scalar: Unicode.Scalar
    ) throws {
        let text = "a\(String(Character(scalar)))b"
        let json = PrintableText.escaped(json: Array(try JSONEncoder().encode([text: text])))
        #expect(String(decoding: json, as: UTF8.self).unicodeScalars.allSatisfy(PrintableText.isPrintable))
        #expect(try JSONDecoder().decode([String: String].self, from: Data(json)) == [text: text])
    }

    @Test(arguments: [
        "--force", "..", ".", "", "-a", "a-", "a..b", ".a", "a.", "a.-b", "a_b", "a b", "a/b", "exit\u{202e}1", "é",
        "a\u{9b}",
        String(repeating: "a", count: 64),
    ])
    func `what is an option, a folder or another thing than a name is no node's name`(text: String) {
        #expect(NodeName(text) == nil)
    }

    @Test(arguments: ["exit1", "exit-1.example.net", "EXIT1", "1", String(repeating: "a", count: 63)])
    func `a host's name is a node's name`(text: String) {
        #expect(NodeName(text)?.text == text)
    }

    @Test func `a label's key is a word, and its value is printable`() {
        for key in ["", "-a", "a-", ".", "A", "a b", "a\u{202e}", String(repeating: "a", count: 64)] {
            #expect(!NodeLabel.isKey(key))
        }
        for key in ["a", "rack", "site.dc_1-a"] { #expect(NodeLabel.isKey(key)) }
        for value in ["\u{202e}", "a\nb", "\u{9b}", "\u{200b}", String(repeating: "a", count: 201)] {
            #expect(!NodeLabel.isValue(value))
        }
        for value in ["", "row 4", "Zürich"] { #expect(NodeLabel.isValue(value)) }
    }
}
