import Model

/// What JSON from outside may be before a decoder sees it.
enum JSONLimits {
    static let byteCountMax = 512 << 10
    /// Stripe's deepest objects nest about 12 levels.
    static let depthMax = 64

    /// Whether `text` is short and shallow enough. It need not be well-formed.
    static func allow(_ text: [UInt8]) -> Bool {
        text.count <= byteCountMax && JSONDepth.isAtMost(depthMax, text)
    }
}
