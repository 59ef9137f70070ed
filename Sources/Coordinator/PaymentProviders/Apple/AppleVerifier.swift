import Billing
import FoundationEssentials
import JOSE
import Model

/// Takes apart what the App Store has signed for this app: what it returns is verified, text by text.
public struct AppleVerifier: Sendable {
    /// How a text came here.
    enum Origin: Sendable {
        /// From anybody: whether its certificates were revoked has to be asked for, where that is configured.
        case anybody(now: Timestamp)
        /// From the App Store itself, over a connection whose other end has proved to be it. Its certificates are judged
        /// as of the moment of signing, so that what waited for half a year is still good.
        case store
    }

    let configuration: AppleConfiguration
    private let signatures: AppleSignatures
    private let revocations: AppleRevocations?

    /// - Parameter checksRevocation: whether the responders of Apple's certificates are asked. It must not be off but in
    ///   tests, and where they cannot be reached for long.
    /// - Throws: when the root is no certificate.
    public init(configuration: AppleConfiguration, checksRevocation: Bool) throws {
        self.configuration = configuration
        signatures = try AppleSignatures(root: configuration.root)
        revocations = checksRevocation ? try AppleRevocations(root: configuration.root) : nil
    }

    /// A notification, and the world that it is of; nil for another app's, or of a world that never counts here.
    ///
    /// - Returns: nil for one that is signed and cannot be read.
    func notification(
        _ text: String,
        from origin: Origin
    ) async throws(AppleSignatureProblem) -> (notification: AppleNotification, world: BillingEnvironment?)? {
        let payload = try await verify(text, from: origin).payload
        guard let notification = try? JSONDecoder().decode(AppleNotification.self, from: Data(payload)),
            (1...128).contains(notification.notificationUUID.utf8.count)
        else { return nil }
        guard let content = notification.data else { return (notification, configuration.environment) }
        guard content.bundleId == configuration.bundleID, let world = configuration.world(content.environment),
            world == .sandbox || content.appAppleId == configuration.appID
        else { return (notification, nil) }
        return (notification, world)
    }

    /// What texts come to that are signed.
    enum Reading: Hashable, Sendable {
        case fields(AppleInboxFields, BillingEnvironment)
        /// A purchase of this app's that is no subscription, such as a consumable. It means nothing here.
        case otherPurchase
        /// Of another app or world, or texts that do not belong together; for people.
        case refused(String)
    }

    /// What is said of a subscription of this app's.
    ///
    /// - Parameters:
    ///   - type: the notification's; it tells a renewal where the transaction does not.
    ///   - status: as the store says it beside the texts.
    ///   - expected: the world that the texts have to be of; nil for any that counts.
    func read(
        type: String,
        status: Int? = nil,
        transaction transactionText: String?,
        renewal renewalText: String?,
        in expected: BillingEnvironment? = nil,
        from origin: Origin
    ) async throws(AppleSignatureProblem) -> Reading {
        var (originals, worlds): (Set<String>, Set<String>) = ([], [])
        var transaction: AppleInboxFields.Transaction?
        if let transactionText {
            let verified = try await verify(transactionText, from: origin)
            guard let signed = try? JSONDecoder().decode(AppleTransaction.self, from: Data(verified.payload)) else {
                return .refused("the transaction cannot be read")
            }
            guard signed.bundleId == configuration.bundleID else { return .refused("it is of another app") }
            guard signed.isSubscription else { return .otherPurchase }
            guard let expires = signed.expiresDate else { return .refused("a subscription without an end") }
            originals.insert(signed.originalTransactionId)
            worlds.insert(signed.environment)
            transaction = .init(signed, type: type, expires: expires, signedAt: verified.signedAt)
        }
        var renewal: AppleInboxFields.Renewal?
        if let renewalText {
            let verified = try await verify(renewalText, from: origin)
            guard let signed = try? JSONDecoder().decode(AppleRenewal.self, from: Data(verified.payload)) else {
                return .refused("the renewal cannot be read")
            }
            originals.insert(signed.originalTransactionId)
            worlds.insert(signed.environment)
            renewal = .init(signed, status: status, signedAt: verified.signedAt)
        }
        // A transaction and a renewal of two subscriptions: nobody knows which is meant.
        guard let original = originals.first, originals.count == 1, (1...64).contains(original.utf8.count) else {
            return .refused("its parts do not belong together")
        }
        guard let word = worlds.first, worlds.count == 1, let world = configuration.world(word),
            expected.map({ $0 == world }) ?? true
        else { return .refused("it is of another environment") }
        let fields = AppleInboxFields(
            type: String(type.prefix(64)),
            environment: configuration.isTest(world) ? world : nil,
            originalTransaction: original,
            transaction: transaction,
            renewal: renewal
        )
        return .fields(fields, world)
    }

    private func verify(
        _ text: String,
        from origin: Origin
    ) async throws(AppleSignatureProblem) -> (payload: [UInt8], signedAt: Timestamp) {
        guard let revocations, case .anybody(let now) = origin else { return try await signatures.verify(text) }
        let verified = try await signatures.verify(text, at: now)
        try await revocations.check(verified.certificates, now: now)
        return (verified.payload, verified.signedAt)
    }
}

extension AppleInboxFields.Transaction {
    fileprivate init(_ signed: AppleTransaction, type: String, expires: Int64, signedAt: Timestamp) {
        self.init(
            id: signed.transactionId,
            product: signed.productId.text,
            purchased: signed.purchaseDate,
            expires: expires,
            revoked: signed.revocationDate,
            upgraded: signed.isUpgraded ?? false,
            renews: signed.transactionReason.map { $0 == "RENEWAL" } ?? (type == "DID_RENEW" ? true : nil),
            signed: signedAt.microseconds / 1000
        )
    }
}

extension AppleInboxFields.Renewal {
    fileprivate init(_ signed: AppleRenewal, status: Int?, signedAt: Timestamp) {
        self.init(
            renews: signed.autoRenewStatus == 1,
            grace: signed.gracePeriodExpiresDate,
            retries: signed.isInBillingRetryPeriod ?? false,
            in_grace: status == 4 ? true : nil,
            signed: signedAt.microseconds / 1000
        )
    }
}
