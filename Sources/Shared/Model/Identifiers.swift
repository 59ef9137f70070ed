/// What an `Identifier` identifies.
public enum IdentifierKind {
    public enum Node {}
    public enum Peer {}
    public enum Subscription {}
    public enum Order {}
    public enum Instance {}
    public enum Operation {}
    public enum CapacityRequest {}
    public enum Rollout {}
}

/// An exit node.
public typealias NodeID = Identifier<IdentifierKind.Node>
/// A customer's peer; it outlives any node that it is placed on.
public typealias PeerID = Identifier<IdentifierKind.Peer>
/// A subscription, as Holdfast knows it: unrelated to the store's own id.
public typealias SubscriptionID = Identifier<IdentifierKind.Subscription>
/// A purchase that an app has begun and nobody has paid yet.
public typealias OrderID = Identifier<IdentifierKind.Order>
/// One running coordinator process.
public typealias InstanceID = Identifier<IdentifierKind.Instance>
/// A drain, a replacement or a rollback: work on the fleet that takes a while.
public typealias OperationID = Identifier<IdentifierKind.Operation>
/// A node that was asked of the provider.
public typealias CapacityRequestID = Identifier<IdentifierKind.CapacityRequest>
/// A coordinated update of the agents' version.
public typealias RolloutID = Identifier<IdentifierKind.Rollout>
