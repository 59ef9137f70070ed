import Glibc
import Logging
import Testing

@testable import DaemonRuntime

@Suite struct LogfmtTests {
    /// What a logger writes, through a real pipe.
    private func written(journal: Bool, _ body: (inout Logger) -> Void) -> String {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        var logger = Logger(label: "test") { label in
            LogfmtHandler(label: label, level: .info, writesToJournal: journal, descriptor: ends[1])
        }
        body(&logger)
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &bytes, bytes.count)
        close(ends[0])
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    @Test func `a record is one line with time, level, logger, message and metadata in order`() {
        let line = written(journal: false) { $0.info("two words", metadata: ["b": "2", "a": ["y": "1"]]) }
        #expect(line.hasPrefix("time=2"))
        #expect(line.hasSuffix(" level=info logger=test msg=\"two words\" a.y=1 b=2\n"))
    }

    @Test func `the journal gets a priority and no time`() {
        #expect(written(journal: true) { $0.error("x") } == "<3>level=error logger=test msg=x\n")
    }

    @Test func `what lies below the level is not written`() {
        #expect(written(journal: true) { $0.debug("x") }.isEmpty)
    }

    @Test func `no value can forge a line or a field`() {
        let hostile = "a\nlevel=error msg=\"b\"\u{1b}[31m\u{202e}\u{2028}\0"
        let line = written(journal: true) { $0.info("m", metadata: ["k e\ny": "\(hostile)", "": ""]) }
        #expect(
            line
                == #"<6>level=info logger=test msg=m _="" k_e_y="a\nlevel=error msg=\"b\"\u{1b}[31m\u{202e}\u{2028}\u{0}""#
                + "\n"
        )
    }

    @Test func `the journal is known by device and inode`() {
        var facts = stat()
        #expect(fstat(STDERR_FILENO, &facts) == 0)
        let stream = "\(facts.st_dev):\(facts.st_ino)"
        #expect(LogfmtHandler.isJournal(STDERR_FILENO, environment: ["JOURNAL_STREAM": stream]))
        #expect(!LogfmtHandler.isJournal(STDERR_FILENO, environment: ["JOURNAL_STREAM": "1:1"]))
        #expect(!LogfmtHandler.isJournal(STDERR_FILENO, environment: [:]))
    }
}
