import Model
import Testing

@Suite struct JSONMembersTests {
    @Test(
        arguments: [
            (#"{}"#, [], nil), (#"{"a": 1, "b": [1, {"c": 2}]}"#, ["a", "b"], nil),
            (#"{"a": 1, "a": 2}"#, ["a", "a"], "a"),
            (#"{"a": {"b": 1}, "b": {"b": 1}}"#, ["a", "b"], nil), (#"[{"a": 1}, {"a": 1, "a": 1}]"#, [], "a"),
            (#"{"a": {"b": 1, "b": "x"}}"#, ["a"], "b"), (#"{"\u0061": 1, "a": 2}"#, ["a", "a"], "a"),
            (#"{"a": "{\"b\": 1, \"b\": 2}"}"#, ["a"], nil), (#"{"a\"b": ","}"#, [#"a\"b"#], nil),
            (#"{"a": "x", "b": "y,", "c": ["d", "d"]}"#, ["a", "b", "c"], nil),
        ] as [(String, [String], String?)]
    )
    func `names of the outermost object are told, and one that comes twice in any`(
        text: String,
        names: [String],
        repeated: String?
    ) {
        let members = JSONMembers(Array(text.utf8))
        #expect(members.names == names)
        #expect(members.repeated == repeated)
    }

    @Test(arguments: ["", "\"", "\"\\", "{\"", "{\"a", "}}}", "{\"\\u", "{\"\\ud800\":1}", "[[[\"", "{\"\\u00\": 1}"])
    func `what is no JSON ends nowhere but at its end`(text: String) {
        _ = JSONMembers(Array(text.utf8))
    }
}
