/// Puts the length before a payload; the counterpart of `FrameDecoder`.
public enum FrameEncoder {
    /// - Precondition: `payload` has 1 to 1,048,576 bytes: whoever builds messages keeps them smaller.
    public static func encode(_ payload: [UInt8]) -> [UInt8] {
        precondition(
            (1...FrameDecoder.payloadByteCountMax).contains(payload.count),
            "a frame of \(payload.count) bytes"
        )
        let length = UInt32(payload.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + payload
    }
}
