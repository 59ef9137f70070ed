import CSodium

/// Comparison that takes as long for equal as for different bytes.
public enum ConstantTime {
    /// False at once when the lengths differ: a length is no secret.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }
}
