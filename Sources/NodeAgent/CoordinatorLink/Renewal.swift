import Model

/// The node's part in a renewal: when it is time, and the new key while its certificate is on the way.
///
/// The new key lives in memory only. Should the agent die before the certificate comes, the old pair is still good, and
/// the next request is made with another key.
struct Renewal: ~Copyable {
    /// An unanswered request is repeated after this time.
    static let retryInterval = Duration.seconds(3600)

    private var moment = Timestamp(microseconds: .max)
    private var notBeforeRetry = Duration.zero
    private(set) var key: Secret<[UInt8]>?

    mutating func schedule(_ certificate: borrowing Certificate) {
        moment = RenewalMoment.of(
            notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            serial: certificate.serial
        )
    }

    func isDue(at now: Moment) -> Bool { now.wall >= moment && now.monotonic >= notBeforeRetry }

    /// The wall clock may jump, so a moment far off is looked at again within a minute by the loop's other deadlines.
    var deadline: Duration { .seconds(Int64.max / 4) }

    mutating func requested(key: Secret<[UInt8]>, at now: Duration) {
        self.key = key
        notBeforeRetry = now + Self.retryInterval
    }

    /// The link is gone, and with it the answer.
    mutating func forget() {
        key = nil
        notBeforeRetry = .zero
    }
}
