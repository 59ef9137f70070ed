import Foundation

/// Asks again and again until `condition` holds, and says how long that took.
///
/// - Parameter pause: between two looks; short, since what is measured is often a few milliseconds.
/// - Throws: ``LabFailure`` when it does not hold within `limit`; what `condition` throws.
@discardableResult
public func wait(
    for what: String,
    within limit: Duration,
    pause: Duration = .milliseconds(10),
    until condition: () throws -> Bool
) throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    while try !condition() {
        guard clock.now - start < limit else { throw LabFailure("\(what): not within \(limit.text)") }
        rest(pause)
    }
    return clock.now - start
}

/// For as long as a scenario lets something run (a ping without a coordinator), never in place of a condition.
public func rest(_ duration: Duration) {
    Thread.sleep(forTimeInterval: duration.seconds)
}

extension Duration {
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    public var milliseconds: Double { seconds * 1000 }

    /// Three figures or so, with a unit.
    public var text: String {
        switch seconds {
        case ..<0.0995: "\(String(format: "%.1f", milliseconds)) ms"
        case ..<0.9995: "\(String(format: "%.0f", milliseconds)) ms"
        default: "\(String(format: "%.1f", seconds)) s"
        }
    }
}
