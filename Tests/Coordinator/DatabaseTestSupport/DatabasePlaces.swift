import Synchronization

/// How many tests may have a database at once: all tests of a process are started together, and a hundred of them that
/// each wait for a processor run into every time limit.
final class DatabasePlaces: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) {
        state = Mutex((count, []))
    }

    /// One of them, for as long as it is held.
    final class Place: Sendable {
        private let places: DatabasePlaces

        fileprivate init(_ places: DatabasePlaces) {
            self.places = places
        }

        deinit { places.leave() }
    }

    func enter() async -> Place {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        return Place(self)
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
