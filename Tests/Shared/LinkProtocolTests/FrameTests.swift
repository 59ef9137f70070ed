import LinkProtocol
import Testing

struct FrameTests {
    private static func decode(_ stream: [UInt8], cutAt sizes: () -> Int) throws -> [[UInt8]] {
        var decoder = FrameDecoder()
        var payloads: [[UInt8]] = []
        var position = 0
        while position < stream.count {
            let count = min(max(1, sizes()), stream.count - position)
            decoder.append(stream[position..<(position + count)])
            position += count
            while let payload = try decoder.next() { payloads.append(payload) }
        }
        #expect(!decoder.isMidFrame)
        return payloads
    }

    @Test func `frames come out whole, however the stream is cut`() throws {
        let payloads = [1, 2, 255, 256, 70_000, 1, 1 << 20].map { [UInt8](repeating: UInt8($0 & 255), count: $0) }
        let stream = payloads.flatMap { FrameEncoder.encode($0) }
        #expect(try Self.decode(stream) { 1 } == payloads)
        #expect(try Self.decode(stream) { stream.count } == payloads)
        for _ in 0..<20 { #expect(try Self.decode(stream) { Int.random(in: 1...90_000) } == payloads) }
    }

    @Test func `1 MiB and one byte more is too large, and nothing at all is empty`() {
        var decoder = FrameDecoder()
        decoder.append([0, 0x10, 0, 1])
        #expect(throws: FrameDecoder.Malformed.tooLarge(1_048_577)) { _ = try decoder.next() }
        decoder = FrameDecoder()
        decoder.append([0, 0, 0, 0])
        #expect(throws: FrameDecoder.Malformed.empty) { _ = try decoder.next() }
    }

    @Test func `a frame without its end is waited for`() throws {
        var decoder = FrameDecoder()
        decoder.append([0, 0, 0, 2, 9])
        #expect(try decoder.next() == nil)
        #expect(decoder.isMidFrame)
        decoder.append([8])
        #expect(try decoder.next() == [9, 8])
        #expect(!decoder.isMidFrame)
    }
}
