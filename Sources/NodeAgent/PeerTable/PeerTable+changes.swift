import Cryptography
import LinkProtocol
import Model

extension PeerTable {
    /// Stores a burst of deltas in one transaction: all of it, or nothing.
    ///
    /// - Parameter burst: in order of arrival, each with the hash of its content.
    /// - Returns: what really changed between before and after; empty for deltas that were applied already.
    public func apply(
        _ burst: [(delta: Delta, contentHash: [UInt8])]
    ) throws(ChangeFailure) -> TableChange {
        if let copiedFrom { throw .table(.readOnly(path: copiedFrom)) }
        var version = version
        var writer = Writer(statements)
        var digest = digest
        try connection.transaction(wrapping: ChangeFailure.table) { () throws(ChangeFailure) in
            for (delta, contentHash) in burst {
                switch DeltaRule.judge(delta, contentHash: contentHash, against: version) {
                case .alreadyApplied: continue
                case .refuse(let reason): throw .refused(delta.revision, reason)
                case .apply: break
                }
                // A key that is removed and set in one delta is there afterwards.
                for key in delta.removals { try writer.remove(key, &digest) }
                for entry in delta.upserts { try writer.set(entry, delta.revision, &digest) }
                version = TableVersion(revision: delta.revision, contentHash: contentHash)
            }
            try writer.finish(version, digest)
        }
        adopt(version, digest, writer)
        return writer.change
    }

    /// Lets go of peers that linger; of those among `keys` that do not, nothing changes. Revision and digest stay as they
    /// are, so the coordinator need not be told.
    public func letGo(of keys: [PublicKey]) throws(TableError) -> TableChange {
        if let copiedFrom { throw .readOnly(path: copiedFrom) }
        var writer = Writer(statements)
        var digest = digest
        do throws(ChangeFailure) {
            try connection.transaction(wrapping: ChangeFailure.table) { () throws(ChangeFailure) in
                for key in keys where lingering[key] != nil { try writer.remove(key, &digest) }
            }
        } catch {
            guard case .table(let error) = error else { preconditionFailure("letting go is never refused") }
            throw error
        }
        precondition(digest == self.digest, "peers that linger are no part of the digest")
        adopt(version, digest, writer)
        return writer.change
    }

    /// Makes the table what the snapshot says, if the snapshot is whole, not older and not a mass removal.
    public func replace(with snapshot: Snapshot) throws(ChangeFailure) -> TableChange {
        if let copiedFrom { throw .table(.readOnly(path: copiedFrom)) }
        let header = snapshot.header
        guard header.revision >= version.revision else { throw .refused(header.revision, .olderRevision) }
        var wanted = [PublicKey: PeerEntry](minimumCapacity: snapshot.entries.count)
        var digest = TableDigest.empty
        for entry in snapshot.entries {
            wanted[entry.publicKey] = entry
            digest.insert(entry)
        }
        guard wanted.count == header.peerCount, snapshot.entries.count == header.peerCount, digest == header.digest
        else { throw .refused(header.revision, .incompleteSnapshot) }
        let version = TableVersion(revision: header.revision, contentHash: nil)
        var writer = Writer(statements)
        let surplus = try keys(notIn: wanted)
        guard MassRemovalRule.allows(removing: surplus.count, of: count, explicitly: header.allowMassRemoval) else {
            throw .refused(header.revision, .massRemoval)
        }
        var sum = self.digest
        try connection.transaction(wrapping: ChangeFailure.table) { () throws(ChangeFailure) in
            for key in surplus { try writer.remove(key, &sum) }
            for entry in snapshot.entries { try writer.set(entry, header.revision, &sum) }
            precondition(sum == digest, "the table's digest follows its changes")
            try writer.finish(version, sum)
        }
        adopt(version, sum, writer)
        return writer.change
    }

    private func adopt(_ version: TableVersion, _ digest: TableDigest, _ writer: Writer) {
        self.version = version
        self.digest = digest
        count += writer.countChange
        writer.update(&lingering)
    }

    private func keys(notIn wanted: [PublicKey: PeerEntry]) throws(ChangeFailure) -> [PublicKey] {
        try ChangeFailure.wrapping { () throws(TableError) in
            var keys: [PublicKey] = []
            let rows = try connection.prepare("SELECT public_key FROM peers")
            while try rows.step() {
                guard let key = rows.withBytes(0, { PublicKey(uncheckedBytes: $0) }) else { continue }
                if wanted[key] == nil { keys.append(key) }
            }
            return keys
        }
    }
}
