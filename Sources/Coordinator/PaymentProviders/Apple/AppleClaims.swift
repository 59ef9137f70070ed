import Billing
import Cryptography
import Logging
import Model
import Store

/// Takes signed transactions of the App Store's that apps post, and gives subscription tokens for them.
public struct AppleClaims: Sendable {
    private let store: Store
    private let verifier: AppleVerifier
    private let resolver: AppleResolver
    private let policy: BillingPolicy
    private let counter: ClaimCounter
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    public init(
        store: Store,
        verifier: AppleVerifier,
        catalogue: TierCatalogue,
        policy: BillingPolicy = BillingPolicy(),
        counter: ClaimCounter,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.verifier = verifier
        resolver = AppleResolver(catalogue: catalogue, environment: verifier.configuration.environment)
        self.policy = policy
        self.counter = counter
        self.clock = clock
        self.logger = logger
    }

    /// - Parameters:
    ///   - transaction: `Transaction.jwsRepresentation`.
    ///   - renewal: `RenewalInfo.jwsRepresentation`, where the app has it.
    ///   - key: whoever repeats the claim with it gets the same token.
    public func claim(
        transaction: String,
        renewal: String?,
        key: IdempotencyKey? = nil
    ) async throws(ProofRefusal) -> ClaimedToken {
        let fields = try await fields(transaction, renewal)
        let reference = resolver.reference(fields.original_transaction)
        guard let carried = fields.transaction else { throw .invalid }
        switch resolver.answer(fields, from: .device) {
        case .notFound, .elsewhere: throw .invalid
        case .unusable(let reason):
            logger.error("a posted transaction needs a person", metadata: ["reason": "\(reason)"])
            throw .invalid
        case .effect(let effect):
            let id = try await apply(effect, of: carried, fields)
            return try await counter.issue(for: id, reference, key: key, at: clock())
        }
    }

    private func fields(_ transaction: String, _ renewal: String?) async throws(ProofRefusal) -> AppleInboxFields {
        do throws(AppleSignatureProblem) {
            let origin = AppleVerifier.Origin.anybody(now: clock())
            let fields = try await verifier.fields(
                type: "device",
                transaction: transaction,
                renewal: renewal,
                from: origin
            )
            if let fields { return fields }
        } catch .revocationUnknown {
            logger.error("a posted transaction cannot be verified: nobody says whether its certificates are good")
            throw .unavailable
        } catch {
            logger.warning("refused a posted transaction", metadata: ["reason": "\(error)"])
        }
        throw .invalid
    }

    private func apply(
        _ effect: InboxEffect,
        of transaction: AppleInboxFields.Transaction,
        _ fields: AppleInboxFields
    ) async throws(ProofRefusal) -> SubscriptionID {
        // The same for the same texts. Events' names are logged; a transaction's must not be.
        let proof = "\(transaction.id)/\(transaction.signed)/\(fields.renewal.map { "\($0.signed)" } ?? "")"
        do {
            let id = try await store.applyProof(
                effect,
                eventID: "device-\(Hexadecimal.encode(SHA256.hash(Array(proof.utf8))))",
                fields: try fields.json(),
                policy: policy,
                now: clock()
            )
            if let id { return id }
        } catch {
            logger.error("a posted transaction could not be stored", metadata: ["reason": "\(error)"])
        }
        throw .unavailable
    }
}
