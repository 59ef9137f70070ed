/// What a setting of a node was and what it became; nil is a setting that is not there.
public struct SettingChange: Hashable, Sendable {
    /// `capacity`, `labels.rack`.
    public let name: String
    public let from: String?
    public let to: String?

    public init(name: String, from: String?, to: String?) {
        self.name = name
        self.from = from
        self.to = to
    }
}
