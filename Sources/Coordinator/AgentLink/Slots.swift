import Synchronization

/// A fixed number of places that are taken at once or not at all.
final class Slots: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { taken.withLock { $0 } }

    /// Nil when all are taken. The place is free again when the ticket is released, or forgotten.
    func take() -> Ticket? {
        let isFree = taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
        return isFree ? Ticket(slots: self) : nil
    }

    final class Ticket: Sendable {
        private let slots: Slots
        private let isReleased = Mutex(false)

        fileprivate init(slots: Slots) {
            self.slots = slots
        }

        func release() {
            let isFirst = isReleased.withLock { isReleased in
                defer { isReleased = true }
                return !isReleased
            }
            if isFirst { slots.taken.withLock { $0 -= 1 } }
        }

        deinit {
            release()
        }
    }
}
