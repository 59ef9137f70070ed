import Glibc
import Testing

@testable import DaemonRuntime

@Suite struct DurableFileTests {
    let scratch = Scratch()

    @Test func `what is written is read, with the mode asked for and nothing left beside it`() throws {
        let path = scratch.file("a")
        try DurableFile.write(Array("one".utf8), to: path)
        try DurableFile.write(Array("two".utf8), to: path, mode: 0o640)
        #expect(try DurableFile.read(path, limit_bytes: 3) == Array("two".utf8))
        var facts = stat()
        #expect(stat(path, &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o640)
        #expect(scratch.names == ["a"])
    }

    @Test func `an existing file is kept when it must not be replaced`() throws {
        let path = scratch.file("a")
        try DurableFile.write([1], to: path, replacing: false)
        #expect(throws: DurableFileError.exists(path: path)) {
            try DurableFile.write([2], to: path, replacing: false)
        }
        #expect(try DurableFile.read(path, limit_bytes: 10) == [1])
        #expect(scratch.names == ["a"])
    }

    @Test func `a file over the limit is refused`() throws {
        let path = scratch.file("a")
        try DurableFile.write([UInt8](repeating: 0, count: 20_000), to: path)
        #expect(throws: DurableFileError.tooLarge(path: path, limit_bytes: 19_999)) {
            try DurableFile.read(path, limit_bytes: 19_999)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o602] as [UInt32])
    func `a secret that others may touch is refused, with the remedy`(_ mode: UInt32) throws {
        let path = scratch.file("a")
        try DurableFile.write([1], to: path, mode: mode)
        let error = #expect(throws: DurableFileError.exposed(path: path, mode: mode)) {
            try DurableFile.read(path, limit_bytes: 10, ownerOnly: true)
        }
        #expect(error?.description.contains("chmod 600 \(path)") == true)
        #expect(try DurableFile.read(path, limit_bytes: 10) == [1])
    }

    @Test(.timeLimit(.minutes(10))) func `a pipe in the place of a file is refused at once`() {
        let path = scratch.file("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: DurableFileError.notAFile(path: path)) { try DurableFile.read(path, limit_bytes: 10) }
    }

    @Test func `a directory that is missing is named and nothing is made`() {
        #expect(throws: DurableFileError.self) { try DurableFile.write([1], to: scratch.file("no/a")) }
        #expect(scratch.names.isEmpty)
    }
}
