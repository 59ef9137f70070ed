import Billing
import Cryptography
import DaemonRuntime
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
    private let logger: QuietLogger

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
        resolver = AppleResolver(
            catalogue: catalogue,
            environment: verifier.configuration.environment,
            testPurchases: verifier.configuration.testPurchases
        )
        self.policy = policy
        self.counter = counter
        self.clock = clock
        self.logger = QuietLogger(logger)
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
        let (fields, world) = try await fields(transaction, renewal)
        let isTest = verifier.configuration.isTest(world)
        if isTest { try noteTest() }
        let reference = resolver.reference(fields.original_transaction, world)
        guard let carried = fields.transaction else { throw .invalid }
        switch resolver.answer(fields, from: .device) {
        case .notFound, .elsewhere:
            logger.info("refused a posted transaction of a product that gives nothing here")
            throw .invalid
        case .unusable(let reason):
            logger.error("a posted transaction needs a person", metadata: ["reason": "\(reason)"])
            throw .invalid
        case .effect(let effect):
            let id = try await apply(effect, of: carried, fields)
            if isTest { try await store.checkTestPurchase(id, logger: logger) }
            return try await counter.issue(for: id, reference, key: key, at: clock())
        }
    }

    private func noteTest() throws(ProofRefusal) {
        guard verifier.configuration.testPurchases != nil else {
            logger.notice("refused a test purchase at the App Store: test_purchases.accepted is off")
            throw .testPurchase
        }
        logger.notice("took a test purchase at the App Store")
    }

    private func fields(
        _ transaction: String,
        _ renewal: String?
    ) async throws(ProofRefusal) -> (AppleInboxFields, BillingEnvironment) {
        do throws(AppleSignatureProblem) {
            let origin = AppleVerifier.Origin.anybody(now: clock())
            let reading = try await verifier.read(
                type: "device",
                transaction: transaction,
                renewal: renewal,
                from: origin
            )
            switch reading {
            case .fields(let fields, let world): return (fields, world)
            case .otherPurchase: logger.info("refused a posted transaction of something that is no subscription")
            case .refused(let reason):
                logger.warning("refused a posted transaction", metadata: ["reason": "\(reason)"])
            }
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
        let world = fields.environment.map { "\($0)/" } ?? ""
        let proof = "\(world)\(transaction.id)/\(transaction.signed)/\(fields.renewal.map { "\($0.signed)" } ?? "")"
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
