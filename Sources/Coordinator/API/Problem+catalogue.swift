import HTTPTypes
import Store

/// Every problem that the customers' listener answers with.
extension Problem {
    static let unauthenticated = Problem(
        .unauthorized,
        "unauthenticated",
        title: "A valid subscription token is needed",
        detail: "Send it as 'Authorization: Bearer hf_…'."
    )
    static let notFound = Problem(.notFound, "not-found", title: "There is no such thing here")
    static let unavailable = Problem(
        .serviceUnavailable,
        "unavailable",
        title: "Try again in a moment",
        detail: "The service cannot store changes right now. Tunnels are not affected.",
        retryAfter: .seconds(2)
    )
    static let `internal` = Problem(.internalServerError, "internal", title: "Something went wrong on our side")
    static let unsupportedMediaType = Problem(
        .unsupportedMediaType,
        "unsupported-media-type",
        title: "The body must be JSON",
        detail: "Send 'Content-Type: application/json'."
    )
    static let subscriptionInactive = Problem(
        .forbidden,
        "subscription-inactive",
        title: "The subscription gives no access at the moment"
    )
    static let keyInUse = Problem(
        .conflict,
        "key-in-use",
        title: "This public key is in use already",
        detail: "Make a new key pair on the device, or delete the peer that has this key."
    )
    static let serverKey = Problem(
        .unprocessableContent,
        "server-key",
        title: "This is a server's public key",
        detail: "Send the public key of the device's own key pair."
    )
    static let peerRefused = Problem(
        .serviceUnavailable,
        "peer-refused",
        title: "No server of the region could take this peer",
        detail: "Nothing was kept. Try again, or choose another region.",
        retryAfter: .seconds(15)
    )
    static let peerFrozen = Problem(
        .conflict,
        "peer-frozen",
        title: "The peer is frozen",
        detail: "The subscription gives no access at the moment, or not to so many peers, or not there. "
            + "The peer keeps its addresses, and is back by itself when it does."
    )
    static let moveInProgress = Problem(
        .conflict,
        "move-in-progress",
        title: "The peer is moving to another region already",
        detail: "Wait until it has moved (GET /v1/peers/{id}?wait=30), then ask again.",
        retryAfter: .seconds(5)
    )
    static let moveRefused = Problem(
        .serviceUnavailable,
        "move-refused",
        title: "The other server could not take this peer",
        detail: "It stays where it is, and works as before.",
        retryAfter: .seconds(15)
    )
    static let noOtherServer = Problem(
        .conflict,
        "no-other-server",
        title: "The region has no other server",
        detail: "The peer stays where it is. GET /v1/regions lists other regions."
    )
    static let tooManyStanding = Problem(
        .tooManyRequests,
        "too-many-standing",
        title: "This subscription listens or waits too many times at once",
        detail: "\(StandingRequests.ownMax) streams of events and waits may stand. End one before beginning another.",
        retryAfter: .seconds(15)
    )
    static func tooManyRequests(_ wait: Duration) -> Problem {
        Problem(
            .tooManyRequests,
            "too-many-requests",
            title: "Too many requests of this kind came from your network",
            retryAfter: wait + .seconds(1)
        )
    }

    static func tooOften(_ wait: Duration) -> Problem {
        Problem(
            .tooManyRequests,
            "rate-exceeded",
            title: "This subscription asks more often than its tier allows",
            retryAfter: wait + .seconds(1)
        )
    }

    static func tooManyTokens(retryAfter: Duration) -> Problem {
        Problem(
            .tooManyRequests,
            "too-many-tokens",
            title: "This subscription has as many good tokens as it may",
            detail: "A rotated token is good for a day. Use the newest, or revoke all and claim again.",
            retryAfter: retryAfter
        )
    }

    static let crowded = Problem(
        .serviceUnavailable,
        "crowded",
        title: "Too many apps listen and wait at the moment",
        detail: "Ask without waiting, or listen again in a while.",
        retryAfter: .seconds(30)
    )
    static let unknownRegion = Problem(
        .unprocessableContent,
        "unknown-region",
        title: "There is no such region",
        detail: "GET /v1/regions lists them."
    )
    static let regionNotInTier = Problem(
        .forbidden,
        "region-not-in-tier",
        title: "The subscription's tier does not include this region"
    )
    static let idempotencyKeyReused = Problem(
        .unprocessableContent,
        "idempotency-key-reused",
        title: "This Idempotency-Key was used with another request"
    )
    static let peerGone = Problem(
        .gone,
        "peer-gone",
        title: "This request was carried out, and its peer was removed since",
        detail: "Nothing is made again for an Idempotency-Key that was used. Send a new request with a new key."
    )
    static let answerGone = Problem(
        .gone,
        "answer-gone",
        title: "This request was carried out, and its answer cannot be given again",
        detail: "Rotate with a new Idempotency-Key."
    )
    static let checkoutExpired = Problem(
        .gone,
        "checkout-expired",
        title: "The checkout ended without a payment",
        detail: "Nothing was paid. Make a new order with a new secret."
    )
    static let orderExpired = Problem(
        .gone,
        "order-expired",
        title: "Nobody paid this order in its time",
        detail: "Make a new order with a new secret."
    )
    static let paymentFailed = Problem(
        HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required"),
        "payment-failed",
        title: "The payment was refused",
        detail: "Make a new order with a new secret, and pay in another way."
    )
    static let paymentUnderReview = Problem(
        .conflict,
        "payment-under-review",
        title: "The payment is known, and a person has to look at it",
        detail: "Do not pay again. Keep the secret, and write to the support: the claim works once it is settled.",
        retryAfter: .seconds(3600)
    )
    static let unknownClaim = Problem(.notFound, "unknown-claim", title: "No order belongs to this secret")
    static let paymentPending = Problem(
        .conflict,
        "payment-pending",
        title: "The payment has not arrived yet",
        detail: "Ask again in a few seconds.",
        retryAfter: .seconds(3)
    )
    static let badPushToken = Problem(
        .unauthorized,
        "bad-push-token",
        title: "The push does not carry a token of the expected account, for this address"
    )
    static let badSignature = Problem(.badRequest, "bad-signature", title: "The event is not signed as it should be")
    static let unreadableEvent = Problem(
        .badRequest,
        "unreadable-event",
        title: "The event is signed as it should be and cannot be read"
    )
    static let eventNeedsKey = Problem(
        .unprocessableContent,
        "event-needs-key",
        title: "The event only names what it is about",
        detail: "Set an API key of the store up, or send events with the whole object (a snapshot payload)."
    )

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        var problem = Problem(.methodNotAllowed, "method-not-allowed", title: "This method does not apply here")
        problem.allow = allowed.map(\.rawValue).sorted()
        return problem
    }

    static let bodyIncomplete = Problem(.badRequest, "body-incomplete", title: "The body ended before its time")

    static func malformedJSON(_ detail: String) -> Problem {
        Problem(.badRequest, "malformed-json", title: "The body is not the JSON that is expected here", detail: detail)
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(.contentTooLarge, "body-too-large", title: "The body is larger than \(limit) bytes")
    }

    static func malformedKey(_ detail: String) -> Problem {
        Problem(
            .unprocessableContent,
            "malformed-key",
            title: "This is not a usable WireGuard public key",
            detail: detail
        )
    }

    static func malformedField(_ name: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "malformed-field", title: "'\(name)' is not valid", detail: detail)
    }

    static func regionFull(_ detail: String) -> Problem {
        Problem(
            .serviceUnavailable,
            "region-full",
            title: "The region has no room at the moment",
            detail: detail,
            retryAfter: .seconds(60)
        )
    }

    static let regionUnavailable = Problem(
        .serviceUnavailable,
        "region-unavailable",
        title: "No node of the region answers at the moment",
        detail: "Tunnels that stand go on. Try again, or choose another region.",
        retryAfter: .seconds(15)
    )

    static func peerLimitReached(_ limit: Int) -> Problem {
        Problem(
            .conflict,
            "peer-limit-reached",
            title: "The subscription has all the peers that its tier allows",
            detail: "The limit is \(limit). Delete one first."
        )
    }

    init(_ refusal: ProvisioningRefusal) {
        switch refusal {
        case .subscriptionInactive, .unknownTier: self = .subscriptionInactive
        case .peerLimitReached(let limit): self = .peerLimitReached(limit)
        case .keyInUse: self = .keyInUse
        case .serverKey: self = .serverKey
        case .regionNotInTier: self = .regionNotInTier
        case .unknownRegion: self = .unknownRegion
        case .regionFull, .nodeFull: self = .regionFull("Every node of the region is full.")
        case .noHealthyNode: self = .regionUnavailable
        case .addressPoolExhausted: self = .regionFull("No addresses are left.")
        case .idempotencyKeyReused: self = .idempotencyKeyReused
        case .peerIsGone: self = .peerGone
        // Whoever provisions has answered with it.
        case .answeredBefore: self = .internal
        }
    }
}
