import Model

/// An operator's certificate that the authority did sign. Whether it was revoked, and what the operator may do, is for
/// the database to say.
public struct PresentedOperator: Hashable, Sendable {
    public let name: OperatorName
    /// 16 bytes.
    public let serial: [UInt8]
    /// False for one that has expired, or that is of the future.
    public let isCurrent: Bool
}
