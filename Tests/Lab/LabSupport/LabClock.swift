import Foundation

/// The wall clock of the lab's kernel, for everyone in it. Never a host's.
public struct LabClock {
    private let start = ContinuousClock.now
    private let origin: Date

    /// - Throws: ``LabFailure`` where the kernel is not the lab's own.
    public init() throws {
        try require(
            ProcessInfo.processInfo.environment["HOLDFAST_LAB"] == "uml",
            "the clock of a host in use must not be set: run this with --uml"
        )
        origin = Date()
    }

    /// Sets it forwards, or backwards.
    public func jump(days: Double) throws {
        try set(Date().addingTimeInterval(days * 86_400))
    }

    public func set(_ date: Date) throws {
        try Host.own.run("date", "--utc", "--set", "@\(Int(date.timeIntervalSince1970))")
    }

    /// As if nobody had touched it.
    public func restore() throws {
        try set(origin.addingTimeInterval((ContinuousClock.now - start).seconds))
    }
}
