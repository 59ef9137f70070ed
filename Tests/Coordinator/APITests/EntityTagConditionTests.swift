import HTTPTypes
import Testing

@testable import API

struct EntityTagConditionTests {
    @Test(arguments: ["\"a1\"", "W/\"a1\"", "\"x\", \"a1\"", "\"x\",W/\"a1\" ", "*", "\"a1\", \"a1\""])
    func `whoever has it says so in any of these ways`(condition: String) {
        #expect(([.ifNoneMatch: condition] as HTTPFields).ifNoneMatch("\"a1\"") == true)
    }

    @Test(arguments: ["", "\"a2\"", "a1", "\"a1\"x", "\"a\", \"1\"", "w/\"a1\"", ",,,", "\"a11\""])
    func `what is none of these is another`(condition: String) {
        #expect(([.ifNoneMatch: condition] as HTTPFields).ifNoneMatch("\"a1\"") == false)
    }

    @Test func `without a condition nothing is said`() {
        #expect(HTTPFields().ifNoneMatch("\"a1\"") == nil)
    }
}
