import Model

/// What one instance tells the others through NOTIFY: `INSTANCE`, then ` cNODE` for each node that has a change to send
/// and ` aNODE=REVISION` for each that acknowledged; or ` *` for more than fits.
struct ChangeNotice: Hashable, Sendable {
    /// PostgreSQL takes payloads shorter than 8000 bytes.
    static let payloadByteCountMax = 7999

    var changed: Set<NodeID> = []
    var acknowledged: [NodeID: Revision] = [:]
    /// Anything may have changed: look at everything.
    var isEverything = false

    var isEmpty: Bool { changed.isEmpty && acknowledged.isEmpty && !isEverything }

    func payload(from instance: InstanceID) -> String {
        let items =
            isEverything
            ? ["*"]
            : changed.map { "c\($0)" } + acknowledged.map { "a\($0.key)=\($0.value)" }
        let payload = ([instance.description] + items).joined(separator: " ")
        return payload.utf8.count <= Self.payloadByteCountMax ? payload : "\(instance) *"
    }

    /// Nil for a payload that no instance of ours sent; an unknown item stands for everything.
    static func parse(_ payload: String) -> (sender: InstanceID, notice: ChangeNotice)? {
        let words = payload.split(separator: " ")
        guard let first = words.first, let sender = InstanceID(first) else { return nil }
        var notice = ChangeNotice()
        for word in words.dropFirst() {
            let parts = word.dropFirst().split(separator: "=")
            if word.hasPrefix("c"), parts.count == 1, let node = NodeID(parts[0]) {
                notice.changed.insert(node)
            } else if word.hasPrefix("a"), parts.count == 2, let node = NodeID(parts[0]), let number = UInt64(parts[1])
            {
                notice.acknowledged[node] = Revision(number)
            } else {
                notice.isEverything = true
            }
        }
        return (sender, notice)
    }
}
