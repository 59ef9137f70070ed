import LabSupport
import Synchronization

/// What the coordinator was asked for, and what it answered. Shared by the threads of a stream of changes.
final class Ledger: Sendable {
    private struct Entries {
        /// Created and not asked to be removed, by public key; the id at the API.
        var wanted: [String: String] = [:]
        var acknowledged: Set<String> = []
        var removalsAsked: Set<String> = []
    }

    private let entries = Mutex(Entries())
    private let kept: String

    /// - Parameter existing: never removed by the stream.
    init(existing: ProvisionedPeer) {
        kept = existing.publicKey
        entries.withLock {
            $0.wanted[existing.publicKey] = existing.id
            $0.acknowledged.insert(existing.publicKey)
        }
    }

    /// - Parameter acknowledged: the answer was 201, not 202.
    func created(_ publicKey: String, id: String, acknowledged: Bool) {
        entries.withLock {
            $0.wanted[publicKey] = id
            if acknowledged { $0.acknowledged.insert(publicKey) }
        }
    }

    /// Chooses a peer to remove, and notes that it will be asked for.
    ///
    /// - Returns: its id; nil when there is none but the one that is kept.
    func takeForRemoval() -> String? {
        entries.withLock { entries in
            guard let (key, id) = entries.wanted.first(where: { $0.key != kept }) else { return nil }
            entries.wanted[key] = nil
            entries.removalsAsked.insert(key)
            return id
        }
    }

    func wanted() -> Set<String> { entries.withLock { Set($0.wanted.keys) } }
    func acknowledged() -> Set<String> { entries.withLock { $0.acknowledged.subtracting($0.removalsAsked) } }
    func removalsAsked() -> Set<String> { entries.withLock { $0.removalsAsked } }
}
