import Testing

@testable import Netlink

struct CodecTests {
    /// Numbers are in host order: the fixtures are those of a little-endian machine.
    @Test func `a request is encoded byte by byte as the headers say`() throws {
        var message = MessageEncoder(type: 0x1d, flags: [], header: GenericHeader.bytes(command: 1))
        message.attribute(6, number: UInt16(0xc8fa))
        try message.nested(8) { message throws(MessageTooLong) in
            try message.attribute(2, text: "wg0")
        }
        message.seal(adding: [.request, .acknowledge], sequence: 7, portID: 0x1234)
        #expect(
            message.bytes
                == hex(
                    """
                    28 00 00 00 // length: 40
                    1d 00       // type: the family
                    05 00       // flags: REQUEST, ACK
                    07 00 00 00 // sequence
                    34 12 00 00 // port
                    01 01 00 00 // genl: command 1, version 1
                    06 00 06 00 // attribute 6 of 6 bytes
                    fa c8 00 00 // value and padding
                    0c 00 08 80 // attribute 8, nested, of 12 bytes
                    08 00 02 00 // attribute 2 of 8 bytes
                    77 67 30 00 // "wg0" and its zero
                    """
                )
        )
    }

    @Test func `an attribute longer than its length field is refused`() throws {
        var message = MessageEncoder(type: 16, flags: [])
        try message.attribute(1, [UInt8](repeating: 0, count: 65_531))
        #expect(throws: MessageTooLong(byteCount: 65_536)) {
            try message.attribute(1, [UInt8](repeating: 0, count: 65_532))
        }
        #expect(throws: MessageTooLong.self) {
            try message.nested(1) { message throws(MessageTooLong) in
                for _ in 0..<2 { try message.attribute(1, [UInt8](repeating: 0, count: 40_000)) }
            }
        }
    }

    private static let refusal = hex(
        """
        40 00 00 00 // length: 64
        02 00       // type: NLMSG_ERROR
        00 03       // flags: CAPPED, ACK_TLVS
        09 00 00 00 // sequence
        34 12 00 00 // port
        ea ff ff ff // -22, EINVAL
        5c 00 00 00 1d 00 05 00 09 00 00 00 34 12 00 00 // header of the request
        08 00 02 00 18 00 00 00 // attribute 2: offset 24
        12 00 01 00 // attribute 1 of 18 bytes: the text
        62 61 64 20 61 74 74 72 69 62 75 74 65 00 // "bad attribute"
        00 00       // padding
        """
    )

    private func acknowledgement(_ bytes: [UInt8]) throws(MalformedMessage) -> Acknowledgement? {
        var cursor = MessageCursor()
        let span = bytes.span.bytes
        guard let found = try cursor.next(in: span) else { return nil }
        return try Acknowledgement(error: span.extracting(found.payload), flags: found.header.flags)
    }

    @Test func `a refusal gives its code and the kernel's text`() throws {
        let answer = try #require(try acknowledgement(Self.refusal))
        #expect(answer.errno == 22)
        #expect(answer.text == "bad attribute")
    }

    @Test func `a refusal that repeats the whole request is read behind it`() throws {
        var bytes = Self.refusal
        bytes[7] = 0x02  // not CAPPED
        bytes[20] = 0x18  // the request was 24 bytes long: 8 beyond its header, which are now the offset attribute
        #expect(try acknowledgement(bytes)?.text == "bad attribute")
        bytes[20] = 0xff
        #expect(throws: MalformedMessage.messageLength(255, available: 44)) { try acknowledgement(bytes) }
    }

    @Test func `a code that the kernel does not have is malformed`() {
        var bytes = Self.refusal
        bytes.replaceSubrange(16..<20, with: [0, 0, 0, 0x80])
        #expect(throws: MalformedMessage.value(type: MessageType.error)) { try acknowledgement(bytes) }
    }

    @Test func `every truncation is an error and none a trap`() {
        for count in 1..<Self.refusal.count - 2 {
            #expect(throws: MalformedMessage.self) { try acknowledgement(Array(Self.refusal.prefix(count))) }
        }
    }

    @Test(arguments: 0..<50)
    func `random bytes are read or refused, never trapped on`(round: Int) {
        for _ in 0..<200 {
            var bytes =
                Bool.random() ? Self.refusal : (0..<Int.random(in: 0...96)).map { _ in UInt8.random(in: 0...255) }
            for _ in 0..<Int.random(in: 0...4) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices)] = UInt8.random(in: 0...255)
            }
            _ = try? acknowledgement(bytes)
            #expect(walk(bytes) <= bytes.count)
        }
    }

    /// Walks over everything as attributes; returns how many there were.
    private func walk(_ bytes: [UInt8]) -> Int {
        var cursor = AttributeCursor()
        var count = 0
        while let found = try? cursor.next(in: bytes.span.bytes) {
            _ = try? found.string(in: bytes.span.bytes)
            _ = try? found.uint32(in: bytes.span.bytes)
            count += 1
        }
        return count
    }

    @Test func `an attribute shorter than its header does not hold the walk up`() throws {
        let bytes = hex("00 00 01 00 // length 0")
        var cursor = AttributeCursor()
        #expect(throws: MalformedMessage.attributeLength(0, available: 4)) {
            _ = try cursor.next(in: bytes.span.bytes)
        }
    }
}
