"""The checks of the stores' verification, and what stands in the place of each in its mutant."""

from typing import NamedTuple

STRIPE = "StripeSignatureTests|StripeEventTests|StripeStrictnessTests|PaymentProvidersTests.WebhookTests"
APPLE = "AppleSignaturesTests|AppleWebhookTests|AppleStrictnessTests|AppleClaimTests|CompactJWSTests"
OCSP = "AppleRevocationTests"
GOOGLE = "GooglePushTests|GoogleBillingTests|GoogleClaimTests|CompactJWSTests"
JOSE = "CompactJWSTests|AppleSignaturesTests|GooglePushTests"
INBOX = "BillingInboxTests|DisorderTests|EntitlementTests|TierCatalogueTests|AppStoreLedgerTests|GoogleBillingTests|WebhookTests"


class Mutant(NamedTuple):
    name: str
    #: Below Sources/Coordinator.
    file: str
    #: Occurs once in the file.
    original: str
    replacement: str
    #: A regular expression of the suites that have to notice.
    tests: str
    #: `expression` and `statement` are put behind the switch by the script; in a `text` MUTATED stands for the switch.
    kind: str = "expression"


SIGNATURE = "PaymentProviders/Stripe/StripeSignature.swift"
STRIPE_RECEIVER = "PaymentProviders/Stripe/StripeReceiver.swift"
STRIPE_RESOLVER = "PaymentProviders/Stripe/StripeResolver.swift"
STRIPE_FIELDS = "PaymentProviders/Stripe/StripeInboxFields.swift"
TOLERANCE = "distance.magnitude <= UInt64(tolerance.components.seconds)"
JWS = "JOSE/CompactJWS.swift"
KEYS = "JOSE/JSONWebKeySet.swift"
APPLE_SIGNATURES = "PaymentProviders/Apple/AppleSignatures.swift"
MARKS = "PaymentProviders/Apple/AppStoreMarks.swift"
APPLE_VERIFIER = "PaymentProviders/Apple/AppleVerifier.swift"
APPLE_REVOCATIONS = "PaymentProviders/Apple/AppleRevocations.swift"
PUSH_TOKEN = "PaymentProviders/Google/GooglePushToken.swift"
GOOGLE_RECEIVER = "PaymentProviders/Google/GoogleReceiver.swift"
PUSH = "PaymentProviders/Google/GooglePush.swift"
GOOGLE_RESOLVER = "PaymentProviders/Google/GoogleResolver.swift"
APPLYING = "Billing/Entitlement+applying.swift"
INBOX_FILE = "Store/Billing/WebhookInbox.swift"
EFFECT = "Store/Billing/InboxEffect+apply.swift"

MUTANTS = [
    # Stripe
    Mutant("stripe-header-length", SIGNATURE, "header.utf8.count <= headerByteCountMax", "true", STRIPE),
    Mutant("stripe-too-old", SIGNATURE, TOLERANCE, f"distance > 0 || {TOLERANCE}", STRIPE),
    Mutant("stripe-future", SIGNATURE, TOLERANCE, f"distance < 0 || {TOLERANCE}", STRIPE),
    Mutant("stripe-signature", SIGNATURE, "ConstantTime.areEqual(signature, expected)", "true", STRIPE),
    Mutant("stripe-empty-secret", SIGNATURE, "where !secret.reveal().isEmpty", 'where MUTATED || !secret.reveal().isEmpty', STRIPE, "text"),
    Mutant("stripe-one-time", SIGNATURE, "times.count == 1", "times.count >= 1", STRIPE),
    Mutant("stripe-digits", SIGNATURE, 'text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })', "true", STRIPE),
    Mutant("stripe-scheme", SIGNATURE, 'case "v1":', 'case let scheme where scheme == "v1" || MUTATED:', STRIPE, "text"),
    Mutant("stripe-verified-at-all", STRIPE_RECEIVER, "try StripeSignature.verify(header: header, body: body, secrets: secrets, now: now)", "_ = now", STRIPE, "statement"),
    Mutant("stripe-no-secret", STRIPE_RECEIVER, "!secrets.isEmpty", "true", STRIPE),
    Mutant("stripe-empty-secret-at-start", STRIPE_RECEIVER, "secrets.allSatisfy({ !$0.reveal().isEmpty })", "true", STRIPE),
    Mutant("stripe-livemode", STRIPE_RECEIVER, "event.livemode == (environment == .production)", "true", STRIPE),
    Mutant("stripe-fetched-id", STRIPE_RESOLVER, "subscription.id == id", "true", STRIPE),
    Mutant("stripe-fetched-livemode", STRIPE_RESOLVER, "subscription.livemode == nil || subscription.livemode == isLive", "true", STRIPE),
    Mutant("stripe-unpaid-session", STRIPE_RESOLVER, 'fields.payment_status != "unpaid"', "true", STRIPE),
    Mutant("stripe-partial-refund", STRIPE_RESOLVER, "guard isFull else { return .nothing }", "guard MUTATED || isFull else { return .nothing }", STRIPE, "text"),
    Mutant("stripe-inquiry", STRIPE_RESOLVER, "StripeDispute.takesMoney(status: status)", "true", STRIPE),
    Mutant("stripe-refund-of-no-period", STRIPE_RESOLVER, 'guard let through = payment.paidThrough else {', 'guard let through = payment.paidThrough ?? (MUTATED ? at : nil) else {', STRIPE, "text"),
    Mutant("stripe-claim-hash", STRIPE_FIELDS, "Hexadecimal.decode(text)?.count == 32", "true", STRIPE),
    Mutant("json-size", "PaymentProviders/JSONLimits.swift", "text.count <= byteCountMax", "true", STRIPE + "|" + GOOGLE),
    Mutant("json-depth", "PaymentProviders/JSONLimits.swift", "JSONDepth.isAtMost(depthMax, text)", "true", STRIPE + "|" + GOOGLE),
    # JOSE
    Mutant("jws-length", JWS, "text.utf8.count <= byteCountMax", "true", JOSE),
    Mutant(
        "jws-segments",
        JWS,
        """guard segments.count == 3 else { throw .malformed }
        let parts = segments.compactMap { Base64.decode($0, .urlSafe) }
        guard parts.count == 3 else { throw .malformed }""",
        """guard MUTATED ? segments.count >= 3 : segments.count == 3 else { throw .malformed }
        let parts = segments.compactMap { Base64.decode($0, .urlSafe) }
        guard parts.count >= 3 else { throw .malformed }""",
        JOSE,
        "text",
    ),
    Mutant("jws-known-algorithm", JWS, "JWSAlgorithm(rawValue: document.alg)", "JWSAlgorithm(rawValue: document.alg) ?? .es256", JOSE),
    Mutant("jws-algorithm-of-key", JWS, "algorithm == key.algorithm", "true", JOSE),
    Mutant("jws-signature", JWS, "key.isValid(signature, of: signingInput)", "true", JOSE),
    Mutant("jws-critical", JWS, "document.crit == nil", "true", JOSE),
    Mutant("jws-b64", JWS, "document.b64 ?? true", "true", JOSE),
    Mutant("jws-x5c-base64", JWS, "decoded.count == x5c.count", "true", JOSE),
    Mutant("jws-header-size", JWS, "json.count <= 16 << 10", "true", JOSE),
    Mutant("jws-header-depth", JWS, "JSONDepth.isAtMost(4, json)", "true", JOSE),
    Mutant("jwk-use", KEYS, 'use == nil || use == "sig"', "true", JOSE),
    Mutant("jwk-curve", KEYS, 'crv == "P-256"', "true", JOSE),
    Mutant("jwk-twice", KEYS, "keys.updateValue(key, forKey: id) == nil", "keys.updateValue(key, forKey: id) == nil || true", JOSE),
    Mutant("jwk-count", KEYS, "document.keys.count <= Self.keysMax", "true", JOSE),
    # The App Store
    Mutant("apple-chain-length", APPLE_SIGNATURES, "chain.count == 3", "chain.count >= 2", APPLE),
    Mutant("apple-chain", APPLE_SIGNATURES, "try await verify(certificates, at: moment ?? signedAt)", "_ = moment", APPLE, "statement"),
    Mutant("apple-signature", APPLE_SIGNATURES, "try jws.verify(with: .p256(key))", "_ = key", APPLE, "statement"),
    Mutant("apple-any-root", APPLE_SIGNATURES, "CertificateStore([root])", "CertificateStore([root, certificates[2]])", APPLE),
    Mutant("apple-signer-dates", APPLE_SIGNATURES, "RFC5280Policy(fixedExpiryValidationTime: date)", "RFC5280Policy(fixedExpiryValidationTime: MUTATED ? certificates[0].notValidBefore.addingTimeInterval(1) : date)", APPLE, "text"),
    Mutant("apple-moment-of-signing", APPLE_SIGNATURES, "Date(timeIntervalSince1970: Double(moment.seconds))", "Date()", APPLE),
    Mutant("apple-payload-limits", APPLE_SIGNATURES, "JSONLimits.allow(payload)", "true", APPLE),
    # That the path has three certificates follows from the marks, unless the configured root carries one itself.
    Mutant("apple-signer-mark", MARKS, "chain[chain.startIndex].extensions[oid: Self.signer] != nil", "true", APPLE),
    Mutant("apple-intermediate-mark", MARKS, "chain[chain.startIndex + 1].extensions[oid: Self.intermediate] != nil", "true", APPLE),
    Mutant("apple-bundle", APPLE_VERIFIER, "content.bundleId == configuration.bundleID", "true", APPLE),
    Mutant("apple-environment", APPLE_VERIFIER, "content.environment == configuration.environmentName", "true", APPLE),
    Mutant("apple-app", APPLE_VERIFIER, "configuration.environment == .sandbox || content.appAppleId == configuration.appID", "true", APPLE),
    Mutant("apple-transaction-bundle", APPLE_VERIFIER, "signed.bundleId == configuration.bundleID", "true", APPLE),
    Mutant("apple-transaction-environment", APPLE_VERIFIER, "signed.environment == configuration.environmentName,\n                signed.isSubscription", "(MUTATED || signed.environment == configuration.environmentName),\n                signed.isSubscription", APPLE, "text"),
    Mutant("apple-renewal-environment", APPLE_VERIFIER, "signed.environment == configuration.environmentName\n            else", "MUTATED || signed.environment == configuration.environmentName\n            else", APPLE, "text"),
    Mutant("apple-kind", "PaymentProviders/Apple/AppleTransaction.swift", 'type == "Auto-Renewable Subscription"', "true", APPLE),
    Mutant("apple-one-subscription", APPLE_VERIFIER, "originals.count == 1", "true", APPLE),
    Mutant("apple-original-length", APPLE_VERIFIER, "(1...64).contains(original.utf8.count)", "true", APPLE),
    Mutant("apple-notification-id", APPLE_VERIFIER, "(1...128).contains(notification.notificationUUID.utf8.count)", "true", APPLE),
    Mutant("apple-transaction-signature", APPLE_VERIFIER, "let verified = try await verify(transactionText, from: origin)\n            guard let signed = try? JSONDecoder().decode(AppleTransaction.self", "let verified = try await (MUTATED ? (payload: (try? CompactJWS(transactionText, byteCountMax: 1 << 20).payload) ?? [], signedAt: Timestamp(seconds: 1_700_000_000)) : verify(transactionText, from: origin))\n            guard let signed = try? JSONDecoder().decode(AppleTransaction.self", APPLE, "text"),
    Mutant("apple-renewal-signature", APPLE_VERIFIER, "let verified = try await verify(renewalText, from: origin)\n            guard let signed = try? JSONDecoder().decode(AppleRenewal.self", "let verified = try await (MUTATED ? (payload: (try? CompactJWS(renewalText, byteCountMax: 1 << 20).payload) ?? [], signedAt: Timestamp(seconds: 1_700_000_000)) : verify(renewalText, from: origin))\n            guard let signed = try? JSONDecoder().decode(AppleRenewal.self", APPLE, "text"),
    Mutant("apple-revocations-asked", APPLE_VERIFIER, "try await revocations.check(verified.certificates, now: now)", "_ = revocations", OCSP, "statement"),
    Mutant("apple-signer-good-now", APPLE_VERIFIER, "try await signatures.verify(text, at: now)", "try await signatures.verify(text, at: MUTATED ? nil : now)", OCSP, "text"),
    Mutant("apple-root-fingerprint", "PaymentProviders/Apple/AppleRoot.swift", "SHA256.hash(der) == expected", "SHA256.hash(der) == expected || true", APPLE),
    Mutant("apple-device-clears-revocation", "Billing/AppStoreLedger.swift", "store ?? device", "device ?? store", INBOX),
    # Google Play
    Mutant("google-authentication", GOOGLE_RECEIVER, "try await authenticate(token, now: now)", "_ = token", GOOGLE, "statement"),
    Mutant("google-key-kind", PUSH_TOKEN, "key.algorithm == .rs256", "true", GOOGLE),
    Mutant("google-signature", PUSH_TOKEN, "try token.verify(with: key)", "_ = key", GOOGLE, "statement"),
    Mutant("google-issuer", PUSH_TOKEN, '["accounts.google.com", "https://accounts.google.com"].contains(claims.iss)', "true", GOOGLE),
    Mutant("google-audience", PUSH_TOKEN, "claims.aud == expectation.audience", "true", GOOGLE),
    Mutant("google-email", PUSH_TOKEN, "claims.email == expectation.account", "true", GOOGLE),
    Mutant("google-email-verified", PUSH_TOKEN, "claims.email_verified == true", "true", GOOGLE),
    Mutant("google-expiry", PUSH_TOKEN, "now < expiry + leeway", "true", GOOGLE),
    Mutant("google-issued", PUSH_TOKEN, "issued <= now + leeway", "true", GOOGLE),
    Mutant("google-claims-depth", PUSH_TOKEN, "JSONDepth.isAtMost(8, token.payload)", "true", GOOGLE),
    Mutant("google-package", GOOGLE_RECEIVER, "push.packageName == configuration.package", "true", GOOGLE),
    Mutant("google-subscription", GOOGLE_RECEIVER, "push.subscription == configuration.subscription", "true", GOOGLE),
    Mutant("google-message-id", PUSH, "(1...255).contains(envelope.message.messageId.utf8.count)", "true", GOOGLE),
    Mutant("google-one-kind", PUSH, "notification.kindCount <= 1", "true", GOOGLE),
    Mutant("google-voided-product", PUSH, "event.productType != 2", "true", GOOGLE),
    Mutant("google-event-time", PUSH, "UnixMilliseconds.timestamp(time) != nil", "true", GOOGLE),
    Mutant("google-purchase-token", "PaymentProviders/Google/PurchaseToken.swift", "characters.allSatisfy(Self.isAllowed)", "true", GOOGLE),
    Mutant("google-test-purchase", GOOGLE_RESOLVER, "subscription.environment == environment", "true", GOOGLE),
    Mutant("google-revocation", "PaymentProviders/Google/GoogleDecision.swift", "if isRevocation, report.status == .ended", "if !MUTATED, isRevocation, report.status == .ended", GOOGLE, "text"),
    Mutant("google-pending-successor", "PaymentProviders/Google/GoogleDecision.swift", 'case "SUBSCRIPTION_STATE_PENDING", "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED": nil', 'case "SUBSCRIPTION_STATE_PENDING" where !MUTATED, "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED" where !MUTATED: nil', "PlayHistoryTests", "text"),
    Mutant("google-unknown-state", "PaymentProviders/Google/GoogleReport.swift", "default: .hold", "default: MUTATED ? .active : .hold", GOOGLE, "text"),
    Mutant("google-forgotten-purchase", GOOGLE_RESOLVER, "guard case .version = seen else { return .park(\"Google does not know the purchase\") }", "if case .absent = seen, !MUTATED { return .park(\"Google does not know the purchase\") }", GOOGLE, "text"),
    Mutant("google-asks-for-keys-all-day", "PaymentProviders/Google/GoogleKeys.swift", "triedAt.map { $0.duration(to: now) >= Self.pause } ?? true", "true", GOOGLE),
    # What all share
    Mutant("overtaken", INBOX_FILE, "try Self.isOpen(entry, in: transaction)", "try MUTATED || Self.isOpen(entry, in: transaction)", INBOX, "text"),
    Mutant("changed-since", EFFECT, "isUnchanged(before, since: effect.seen)", "true", INBOX),
    Mutant("ambiguous-tier", "Billing/TierCatalogue.swift", "ranked.count == names.count", "true", INBOX),
    Mutant("superseded-stays", APPLYING, "if state == .superseded { return self }\n        if state == .revoked {", "if !MUTATED, state == .superseded { return self }\n        if state == .revoked {", INBOX, "text"),
    Mutant("terminal-absorbs-reports", APPLYING, "if state.isTerminal { return self }\n        var next = taking", "if !MUTATED, state.isTerminal { return self }\n        var next = taking", INBOX, "text"),
    Mutant("terminal-absorbs-payments", APPLYING, "if state.isTerminal { return self }\n        var next = self", "if !MUTATED, state.isTerminal { return self }\n        var next = self", INBOX, "text"),
    Mutant("older-report", APPLYING, "if let eventAt, at < eventAt, state != .pending { return self }", "if !MUTATED, let eventAt, at < eventAt, state != .pending { return self }", INBOX, "text"),
    Mutant("fetch-does-not-clear-revocation", APPLYING, "isPaidAnew || isTakenBack", "true", INBOX),
    Mutant("stale-reinstatement", APPLYING, "reinstates && at >= eventAt ?? at", "reinstates", INBOX),
    Mutant("refund-of-older-period", APPLYING, "if let through, let paidThrough, through < paidThrough { return self }", "if !MUTATED, let through, let paidThrough, through < paidThrough { return self }", INBOX, "text"),
]
