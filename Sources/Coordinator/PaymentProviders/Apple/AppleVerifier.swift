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

    /// A notification, and whether it is for this app and environment.
    ///
    /// - Returns: nil for one that is signed and cannot be read.
    func notification(
        _ text: String,
        from origin: Origin
    ) async throws(AppleSignatureProblem) -> (notification: AppleNotification, isOurs: Bool)? {
        let payload = try await verify(text, from: origin).payload
        guard let notification = try? JSONDecoder().decode(AppleNotification.self, from: Data(payload)),
            (1...128).contains(notification.notificationUUID.utf8.count)
        else { return nil }
        guard let content = notification.data else { return (notification, true) }
        let isOurs =
            content.bundleId == configuration.bundleID && content.environment == configuration.environmentName
            && (configuration.environment == .sandbox || content.appAppleId == configuration.appID)
        return (notification, isOurs)
    }

    /// What is said of a subscription of this app's.
    ///
    /// - Parameter type: for the log alone.
    /// - Returns: nil for texts that are signed and are of another app or environment, sell no subscription, or do not
    ///   belong together.
    func fields(
        type: String,
        transaction transactionText: String?,
        renewal renewalText: String?,
        from origin: Origin
    ) async throws(AppleSignatureProblem) -> AppleInboxFields? {
        var originals: Set<String> = []
        var transaction: AppleInboxFields.Transaction?
        if let transactionText {
            let verified = try await verify(transactionText, from: origin)
            guard let signed = try? JSONDecoder().decode(AppleTransaction.self, from: Data(verified.payload)),
                signed.bundleId == configuration.bundleID, signed.environment == configuration.environmentName,
                signed.isSubscription, let expires = signed.expiresDate
            else { return nil }
            originals.insert(signed.originalTransactionId)
            transaction = .init(signed, expires: expires, signedAt: verified.signedAt)
        }
        var renewal: AppleInboxFields.Renewal?
        if let renewalText {
            let verified = try await verify(renewalText, from: origin)
            guard let signed = try? JSONDecoder().decode(AppleRenewal.self, from: Data(verified.payload)),
                signed.environment == configuration.environmentName
            else { return nil }
            originals.insert(signed.originalTransactionId)
            renewal = .init(signed, signedAt: verified.signedAt)
        }
        // A transaction and a renewal of two subscriptions: nobody knows which is meant.
        guard let original = originals.first, originals.count == 1, (1...64).contains(original.utf8.count) else {
            return nil
        }
        return AppleInboxFields(
            type: String(type.prefix(64)),
            originalTransaction: original,
            transaction: transaction,
            renewal: renewal
        )
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
    fileprivate init(_ signed: AppleTransaction, expires: Int64, signedAt: Timestamp) {
        self.init(
            id: signed.transactionId,
            product: signed.productId,
            purchased: signed.purchaseDate,
            expires: expires,
            revoked: signed.revocationDate,
            upgraded: signed.isUpgraded ?? false,
            signed: signedAt.microseconds / 1000
        )
    }
}

extension AppleInboxFields.Renewal {
    fileprivate init(_ signed: AppleRenewal, signedAt: Timestamp) {
        self.init(
            renews: signed.autoRenewStatus == 1,
            grace: signed.gracePeriodExpiresDate,
            retries: signed.isInBillingRetryPeriod ?? false,
            signed: signedAt.microseconds / 1000
        )
    }
}
