import Billing
import Model
import Testing

struct BucketTermsTests {
    private func terms(_ byteCount: Int64) -> BucketTerms {
        BucketTerms(objectByteCountMax: byteCount, presignLifetimeMax: .seconds(900))
    }

    @Test(arguments: [1, 5 << 20, 8 << 20, (8 << 20) + 1, 1 << 30, 80 << 30, 500 << 30, 5 << 40])
    func `the parts of an object measure no more together than the object may`(byteCount: Int64) throws {
        let terms = terms(byteCount)
        let parts = try (1...terms.partCountMax).map { try #require(terms.byteCountMax(ofPart: $0)) }
        #expect(parts.reduce(0, +) == byteCount)
        #expect(parts.count <= 10_000 && parts.allSatisfy { $0 >= 1 && $0 <= 5 << 30 })
        #expect(parts.dropLast().allSatisfy { $0 >= 5 << 20 })
        #expect(terms.byteCountMax(ofPart: 0) == nil && terms.byteCountMax(ofPart: parts.count + 1) == nil)
    }

    @Test func `what is sent at once is bounded by the tier and by S3`() {
        #expect(terms(1 << 20).wholeByteCountMax == 1 << 20)
        #expect(terms(1 << 40).wholeByteCountMax == 5 << 30)
        #expect(terms(.max).objectByteCountMax == 5 << 40 && terms(-1).objectByteCountMax == 1)
    }

    @Test(arguments: EntitlementState.allCases)
    func `a bucket is written while it is paid for, and read by whoever keeps their money's worth`(
        state: EntitlementState
    ) {
        let now = Timestamp(seconds: 1_700_000_000)
        var entitlement = Entitlement(provider: .stripe, environment: .production, state: state)
        entitlement.accessUntil = now + .seconds(1)
        let paid: BucketAccess =
            switch state {
            case .active, .grace: .readWrite
            case .hold, .expired: .readOnly
            case .pending, .revoked, .superseded: .none
            }
        #expect(entitlement.bucketAccess(at: now) == paid)
        #expect(entitlement.bucketAccess(at: now + .seconds(1)) == (paid == .readWrite ? .readOnly : paid))
    }
}
