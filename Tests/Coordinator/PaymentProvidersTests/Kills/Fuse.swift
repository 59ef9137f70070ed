import Synchronization

/// Counts what a worker asks of the outside, and burns through at one of the requests.
final class Fuse: Sendable {
    enum Verdict {
        case pass
        case blow
    }

    private struct State {
        var left: Int
        var isArmed = false
        var isBlown = false
        var onBlow: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    /// - Parameter request: counted from 1, once it is armed.
    init(at request: Int) {
        state = Mutex(State(left: request))
    }

    var isBlown: Bool { state.withLock { $0.isBlown } }

    func arm(_ onBlow: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.onBlow = onBlow
            $0.isArmed = true
        }
    }

    /// Somebody asks for something.
    func count() -> Verdict {
        let onBlow: (@Sendable () -> Void)? = state.withLock { state in
            guard state.isArmed, !state.isBlown else { return nil }
            state.left -= 1
            guard state.left == 0 else { return nil }
            state.isBlown = true
            return state.onBlow
        }
        guard let onBlow else { return .pass }
        onBlow()
        return .blow
    }
}
