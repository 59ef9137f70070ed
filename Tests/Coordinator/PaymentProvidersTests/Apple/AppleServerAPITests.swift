import Billing
import Crypto
import FoundationEssentials
import JOSE
import Model
import NIOHTTP1
import StandInServer
import Store
import Testing

@testable import PaymentProviders

/// What the App Store is asked, and what its answers do.
@Suite(.timeLimit(.minutes(10)))
struct AppleServerAPITests {
    private static let start = AppleNotice.start
    private static let month = AppleNotice.month

    private func open(
        answering answer: @escaping @Sendable (StandInServer.Request, Int) -> StandInServer.Answer,
        _ body: (StandInServer, AppleDesk) async throws -> Void
    ) async throws {
        try await StandInServer.run(answering: answer) { server, base in
            try await AppleDesk.open(base: base) { desk in try await body(server, desk) }
        }
    }

    private func status(_ notice: AppleNotice, named: String? = nil) throws -> String {
        let stranger = AppleNotice(original: "9", renewalOriginal: "9", transaction: "9")
        let items = try [(stranger, "9"), (notice, named ?? notice.original)].map { notice, name in
            """
            {"originalTransactionId":"\(name)","status":1,"signedTransactionInfo":"\(try notice.transactionText())",
            "signedRenewalInfo":"\(try notice.renewalText())"}
            """
        }
        return """
            {"environment":"Sandbox","bundleId":"org.example.vpn","data":[{"subscriptionGroupIdentifier":"1",
            "lastTransactions":[\(items.joined(separator: ","))]}]}
            """
    }

    @Test func `who asks shows a token of the key, for this app and for a short time`() async throws {
        let body = try status(AppleNotice())
        try await open { _, _ in
            .init(status: 200, body: body)
        } _: { server, desk in
            let outcome = try await desk.reconciler.refresh(AppleDesk.reference())
            let id = try await desk.store.subscription(AppleDesk.reference())?.id
            #expect(outcome == .applied(try #require(id)))
            let request = try #require(server.requests.first)
            #expect(request.target == "/inApps/v1/subscriptions/1000")
            let bearer = try #require(request.headers.first(name: "Authorization")?.split(separator: " ").last)
            let token = try CompactJWS(String(bearer))
            try token.verify(with: .p256(AppleDesk.key.publicKey))
            #expect(token.header.keyID == "2X9R4HXF34")
            let claims = try #require(String(bytes: token.payload, encoding: .utf8))
            #expect(
                claims
                    == """
                    {"aud":"appstoreconnect-v1","bid":"org.example.vpn","exp":1700000240,"iat":1700000000,\
                    "iss":"57246542-96fe-1a63-e053-0824d011072a"}
                    """
            )
        }
    }

    @Test func `the App Store's answer is in force, even over what it said before`() async throws {
        let body = try status(AppleNotice(signed: Self.start + 100, revoked: Self.start + 90))
        try await open { _, _ in
            .init(status: 200, body: body)
        } _: { _, desk in
            _ = try await desk.deliver(AppleNotice())
            _ = try await desk.reconciler.refresh(AppleDesk.reference())
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .revoked)
        }
    }

    @Test func `what the App Store does not know stays as it is`() async throws {
        try await open { _, number in
            .init(status: 404, body: #"{"errorCode":\#(number == 1 ? 4_040_005 : 4_040_010),"errorMessage":"…"}"#)
        } _: { _, desk in
            _ = try await desk.deliver(AppleNotice())
            for _ in 0..<2 {
                let outcome = try await desk.reconciler.refresh(AppleDesk.reference())
                #expect(outcome == .notFound)
            }
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .active)
        }
    }

    private static let silences: [(Int, String)] = [
        (404, #"{"errorCode":4040003}"#), (404, ""), (401, ""), (429, ""), (500, ""), (200, "{}"), (200, "<html>"),
    ]

    @Test func `no answer takes nothing away`() async throws {
        try await open { request, _ in
            let index = Int(request.target.split(separator: "/").last ?? "") ?? 0
            return .init(status: Self.silences[index].0, body: Self.silences[index].1)
        } _: { _, desk in
            for index in Self.silences.indices {
                let original = "\(index)"
                let notice = AppleNotice(
                    id: original,
                    original: original,
                    renewalOriginal: original,
                    transaction: original
                )
                _ = try await desk.deliver(notice)
                await #expect(throws: ReconciliationFailure.self, "\(Self.silences[index])") {
                    try await desk.reconciler.refresh(AppleDesk.reference(original))
                }
                let entitlement = try await desk.entitlement(original)
                #expect(entitlement?.state == .active)
            }
        }
    }

    @Test func `what an answer says has to be signed, and of the subscription that was asked for`() async throws {
        let forged = try status(AppleNotice(signed: Self.start + 9, innerAuthority: AppleAuthority()))
        let other = try status(
            AppleNotice(original: "2000", renewalOriginal: "2000", transaction: "2000"),
            named: "1000"
        )
        let elsewhere = try status(AppleNotice(innerEnvironment: "Production"))
        try await open { _, number in
            .init(status: 200, body: [forged, other, elsewhere][number - 1])
        } _: { _, desk in
            await #expect(throws: ReconciliationFailure.self) {
                try await desk.reconciler.refresh(AppleDesk.reference())
            }
            let second = try await desk.reconciler.refresh(AppleDesk.reference())
            #expect(second == .unusable("the App Store answered with another subscription"))
            let third = try await desk.reconciler.refresh(AppleDesk.reference())
            #expect(third == .elsewhere)
            let rows = try await desk.rows("SELECT store_reference AS text FROM subscriptions")
            #expect(rows.isEmpty)
        }
    }

    @Test func `notifications that did not get through are read page by page, and count as if they had come`()
        async throws
    {
        let notices = [
            AppleNotice(id: "a"), AppleNotice(id: "b", innerAuthority: try AppleAuthority()),
            AppleNotice(id: "c", type: "REFUND", signed: Self.start + 100, revoked: Self.start + 90),
        ]
        let payloads = try notices.map { #"{"signedPayload":"\#(try $0.payload())","sendAttempts":[]}"# }
        try await open { request, _ in
            request.target.hasSuffix("?paginationToken=p%2F2")
                ? .init(status: 200, body: #"{"notificationHistory":[\#(payloads[2])],"hasMore":false}"#)
                : .init(
                    status: 200,
                    body: """
                        {"notificationHistory":[\(payloads[0]),\(payloads[1])],"hasMore":true,"paginationToken":"p/2"}
                        """
                )
        } _: { server, desk in
            let count = try await desk.reconciler.recoverMissed(since: Timestamp(seconds: 0))
            #expect(count == 2)
            await desk.worker.drain()
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .revoked)
            let again = try await desk.reconciler.recoverMissed(since: Timestamp(seconds: 0))
            #expect(again == 0)
            let request = try #require(server.requests.first)
            #expect(request.method == "POST" && request.target == "/inApps/v1/notifications/history")
            // What its sandbox keeps, and no more: it refuses to be asked for older ones.
            let earliest = (Self.start - 30 * 86_400 + 3600) * 1000
            for part in [#""startDate":\#(earliest)"#, #""endDate":\#(Self.start * 1000)"#, #""onlyFailures":true"#] {
                #expect(request.body.contains(part), "\(request.body)")
            }
        }
    }

    @Test func `half a list is no list`() async throws {
        let payload = try #"{"signedPayload":"\#(AppleNotice().payload())"}"#
        try await open { _, number in
            number == 1
                ? .init(
                    status: 200,
                    body: #"{"notificationHistory":[\#(payload)],"hasMore":true,"paginationToken":"2"}"#
                ) : .init(status: 403)
        } _: { _, desk in
            await #expect(throws: ReconciliationFailure.store("the App Store answered 403")) {
                try await desk.reconciler.recoverMissed(since: desk.clock.now)
            }
            await desk.worker.drain()
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .active)
        }
    }
}
