import Billing

/// Why an event is set aside for a person although it took effect, as far as it could.
public enum ParkingReason: Hashable, Sendable {
    /// The order that the payment names.
    case order(OrderBinding)
    /// Its products name no tier. `isServed` where a tier was known before, and goes on.
    case products(ProductProblem, isServed: Bool)
}

extension ParkingReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .order(let binding): "\(binding)"
        case .products(let problem, _): "\(problem)"
        }
    }
}
