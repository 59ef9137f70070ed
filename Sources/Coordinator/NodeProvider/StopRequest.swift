import Synchronization

/// Tells a thread that its work is not wanted any more.
final class StopRequest: Sendable {
    private let flag = Atomic(false)

    var isAsked: Bool { flag.load(ordering: .relaxed) }

    func ask() {
        flag.store(true, ordering: .relaxed)
    }
}
