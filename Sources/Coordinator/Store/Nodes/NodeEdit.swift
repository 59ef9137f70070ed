/// What an operator changes of a node; nil leaves a field as it is.
public struct NodeEdit: Hashable, Sendable {
    /// The most peers that the node may hold. Below what it holds, it takes no more until some have left.
    public var capacity: Int?
    /// New values by key; a nil value removes the label.
    public var labels: [String: String?]

    public init(capacity: Int? = nil, labels: [String: String?] = [:]) {
        self.capacity = capacity
        self.labels = labels
    }
}
