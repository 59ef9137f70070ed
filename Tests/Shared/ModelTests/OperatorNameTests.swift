import Model
import Testing

struct OperatorNameTests {
    @Test(arguments: ["a", "alice", "ci.deploy", "a-b_c.9", String(repeating: "a", count: 32)])
    func `is a name`(text: String) {
        #expect(OperatorName(text)?.text == text)
    }

    @Test(arguments: [
        "", "Alice", "9a", "-a", ".", "a b", "a/b", "../a", "a\nb", "ü", "console", String(repeating: "a", count: 33),
    ])
    func `is no name`(text: String) {
        #expect(OperatorName(text) == nil)
    }
}
