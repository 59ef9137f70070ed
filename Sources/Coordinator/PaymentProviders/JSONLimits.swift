/// What JSON from outside may be before a decoder sees it.
enum JSONLimits {
    static let byteCountMax = 512 << 10
    /// Stripe's deepest objects nest about 12 levels.
    static let depthMax = 64

    /// Whether `text` is short and shallow enough. It need not be well-formed.
    static func allow(_ text: [UInt8]) -> Bool {
        guard text.count <= byteCountMax else { return false }
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > depthMax { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return true
    }
}
