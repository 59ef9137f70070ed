import Model
import Testing

struct TimestampParsingTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (1_709_208_000, "2024-02-29T12:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (-62_167_219_200, "0000-01-01T00:00:00Z"),
    ])
    func `what is written is read again`(seconds: Int64, text: String) {
        #expect(Timestamp(text) == Timestamp(seconds: seconds))
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test func `every day of four centuries is read as it is written`() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let moment = Timestamp(seconds: day * 86_400)
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test func `fractions count to the microsecond`() {
        #expect(Timestamp("1970-01-01T00:00:00.5Z")?.microseconds == 500_000)
        #expect(Timestamp("1970-01-01T00:00:01.000001Z")?.microseconds == 1_000_001)
    }

    @Test(arguments: [
        "", "now", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00", "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567Z", "2026-01-01 00:00:00Z", "+026-01-01T00:00:00Z", "20261-01-01T00:00:00Z",
    ])
    func `what is no moment is not read`(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
