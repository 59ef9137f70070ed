import Model

extension PeerEntry {
    /// What the entry adds to a `TableDigest`: 32 bytes.
    public var entryHash: [UInt8] { BLAKE2b.hash(canonicalBytes) }
}
