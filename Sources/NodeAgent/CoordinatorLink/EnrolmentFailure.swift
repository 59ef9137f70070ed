import Model

/// Why a node did not get its certificate. Trying again with the same token and the same keys is always safe.
public enum EnrolmentFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The coordinator's reason: the token is unknown, used, expired or of another region, for instance.
    case refused(reason: String)
    case tryLater(Duration, reason: String)
    /// What failed at each address.
    case unreachable([String])

    public var description: String {
        switch self {
        case .refused(let reason): "the coordinator refused: \(reason)"
        case .tryLater(let delay, let reason): "the coordinator asks to come back in \(delay): \(reason)"
        case .unreachable(let failures): "no coordinator could be reached: \(failures.joined(separator: "; "))"
        }
    }
}
