import PaymentProviders
import Store

extension Result where Success == ClaimedToken, Failure == ProofRefusal {
    /// Nil for a token.
    var refusal: ProofRefusal? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }
}
