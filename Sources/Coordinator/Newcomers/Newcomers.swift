import Model
import NIOCore
import Synchronization

/// Keeps the places of `NewcomerPlaces`, and closes the connection of whoever has to leave.
public final class Newcomers: Sendable {
    private struct State {
        var places: NewcomerPlaces
        var channels: [Int: any Channel] = [:]
    }

    private let state: Mutex<State>
    private let onCrowded: @Sendable () -> Void

    /// - Parameter onCrowded: called for each who was not admitted, or had to leave.
    public init(_ limits: NewcomerLimits, onCrowded: @escaping @Sendable () -> Void = {}) {
        state = Mutex(State(places: NewcomerPlaces(limits)))
        self.onCrowded = onCrowded
    }

    public var count: Int { state.withLock { $0.places.count } }

    /// Nil when nobody is silent who could make room.
    public func admit(_ channel: any Channel, from address: IPAddress?) -> Ticket? {
        let (id, leaving) = state.withLock { state -> (Int?, (any Channel)?) in
            guard case .admitted(let id, let instead) = state.places.admit(from: address, now: .now) else {
                return (nil, nil)
            }
            state.channels[id] = channel
            return (id, instead.flatMap { state.channels.removeValue(forKey: $0) })
        }
        if leaving != nil || id == nil { onCrowded() }
        leaving?.close(promise: nil)
        return id.map { Ticket(self, $0) }
    }

    /// A place. It is free again when the ticket is released, or forgotten.
    public final class Ticket: Sendable {
        private let newcomers: Newcomers
        private let id: Int
        private let released = Atomic(false)

        fileprivate init(_ newcomers: Newcomers, _ id: Int) {
            self.newcomers = newcomers
            self.id = id
        }

        public var isReleased: Bool { released.load(ordering: .relaxed) }

        public func heard() {
            newcomers.state.withLock { $0.places.heard(id, now: .now) }
        }

        /// - Parameter isServed: it waits for the coordinator, not the other way round.
        public func serve(_ isServed: Bool) {
            newcomers.state.withLock { $0.places.serve(id, isServed, now: .now) }
        }

        public func release() {
            released.store(true, ordering: .relaxed)
            newcomers.state.withLock { state in
                state.places.leave(id)
                state.channels[id] = nil
            }
        }

        deinit {
            release()
        }
    }
}
