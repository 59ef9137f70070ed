import SwiftASN1
import X509

/// What tells the App Store's chain from the others that Apple's root has signed: without these marks, whoever has any
/// certificate of Apple's, as each developer does, could sign purchases
/// (developer.apple.com/documentation/appstoreservernotifications).
struct AppStoreMarks: VerifierPolicy {
    static let signer: ASN1ObjectIdentifier = [1, 2, 840, 113635, 100, 6, 11, 1]
    static let intermediate: ASN1ObjectIdentifier = [1, 2, 840, 113635, 100, 6, 2, 1]

    let verifyingCriticalExtensions = [Self.signer, Self.intermediate]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        guard chain.count == 3 else { return .failsToMeetPolicy(reason: "not signer, intermediate and root") }
        guard chain[chain.startIndex].extensions[oid: Self.signer] != nil else {
            return .failsToMeetPolicy(reason: "the signer is not marked as the App Store's")
        }
        guard chain[chain.startIndex + 1].extensions[oid: Self.intermediate] != nil else {
            return .failsToMeetPolicy(reason: "the intermediate is not marked as one of Apple's for developers")
        }
        return .meetsPolicy
    }
}
