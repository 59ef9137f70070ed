import Model

/// Which state a node's durable table is in.
public struct TableVersion: Hashable, Sendable {
    public let revision: Revision
    /// The hash of the content that led to `revision`; nil when a snapshot did, or nothing yet.
    public let contentHash: [UInt8]?

    public init(revision: Revision, contentHash: [UInt8]?) {
        self.revision = revision
        self.contentHash = contentHash
    }
}
