import Model

/// The anchors of one coordinator, as its file has them: how the file began, then a line for each, the newest last.
///
/// The chain holds all of what came before a head, so the newest is enough; the others say since when something is amiss.
public struct AuditAnchors: Hashable, Sendable {
    public enum Beginning: String, Hashable, Sendable {
        /// At this coordinator's first start.
        case first
        /// There had been a file, and it was gone.
        case afterLoss = "after-loss"
        /// An operator took the log as it was.
        case accepted
    }

    public static let countMax = 200

    public let beginning: Beginning
    public let begunAt: Timestamp
    public private(set) var anchors: [AuditAnchor] = []

    public init(beginning: Beginning, at: Timestamp) {
        self.beginning = beginning
        begunAt = at
    }

    public mutating func add(_ anchor: AuditAnchor) {
        anchors.append(anchor)
        if anchors.count > Self.countMax { anchors.removeFirst(anchors.count - Self.countMax) }
    }

    public var text: String {
        let head = "# Heads of the audit log. Compared by `holdfast-coordinator audit verify`; not to be edited.\n"
        return head + "begun \(begunAt) \(beginning.rawValue)\n" + anchors.map { "\($0.line)\n" }.joined()
    }

    /// Nil when it is not such a text.
    public init?(text: String) {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[0] == "begun", let begunAt = Timestamp(String(words[1])),
            let beginning = Beginning(rawValue: String(words[2])), lines.count <= Self.countMax + 1
        else { return nil }
        self.init(beginning: beginning, at: begunAt)
        for line in lines.dropFirst() {
            guard let anchor = AuditAnchor(line: line) else { return nil }
            anchors.append(anchor)
        }
    }
}

/// What a coordinator finds where it keeps its anchors.
public enum AuditAnchorReading: Hashable, Sendable {
    case found(AuditAnchors)
    case missing(path: String)
    /// It cannot be read, or is no file of anchors.
    case unreadable(path: String, reason: String)
}
