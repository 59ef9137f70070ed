import Database
import Model

extension Transaction {
    /// Frees the addresses of those of the peers that are gone for their owner and for every node.
    ///
    /// Two nodes may let go of one peer at the same moment: they take turns, and whoever comes second sees that it was
    /// the last.
    func freeAddresses(_ indexes: [Int64], of peers: [[UInt8]], now: Timestamp) throws(DatabaseError) {
        guard !indexes.isEmpty else { return }
        _ = try query("SELECT pg_advisory_xact_lock(hashtext('holdfast free addresses'))")
        enqueue(Self.freeAddresses, .uuidArray(peers), .int64Array(indexes), .timestamp(now.microseconds))
    }

    /// A peer keeps its address for life, so that a peer without assignment or row has let go of it.
    private static let freeAddresses: Statement = """
        INSERT INTO free_addresses (address_index, freed_at)
        SELECT freed.address_index, $3 FROM unnest($1::uuid[], $2::bigint[]) AS freed (peer_id, address_index)
        WHERE NOT EXISTS (SELECT FROM assignments a WHERE a.peer_id = freed.peer_id)
            AND NOT EXISTS (SELECT FROM peers p WHERE p.id = freed.peer_id)
        ON CONFLICT DO NOTHING
        """
}
