import Netlink

/// What the rules of one table say about an interface, as far as can be told without following them packet by packet.
struct ForwardRules {
    private let interface: [UInt8]
    /// Whether any rule of the table names the interface: then its author thought of it.
    private(set) var namesInterface = false
    /// Chains whose last rule drops or rejects whatever comes to it.
    private(set) var closedChains: Set<String> = []

    init(interface: String) {
        self.interface = Array(interface.utf8)
    }

    /// `NFT_MSG_NEWRULE`, in the order of the chain.
    mutating func add(_ payload: RawSpan) throws(MalformedMessage) {
        var chain = ""
        var refusesAll = false
        var cursor = AttributeCursor(from: Generation.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case NFTablesProtocol.Rule.chain: chain = try attribute.string(in: payload)
            case NFTablesProtocol.Rule.expressions:
                let bytes = payload.extracting(attribute.value)
                if try contains(interface, bytes) { namesInterface = true }
                refusesAll = try Self.refusesAll(bytes)
            default: continue
            }
        }
        if refusesAll { closedChains.insert(chain) } else { closedChains.remove(chain) }
    }

    /// Set elements may name it, too.
    mutating func addElements(_ payload: RawSpan) throws(MalformedMessage) {
        if try contains(interface, payload) { namesInterface = true }
    }

    /// A rule with a verdict against the packet, and before it nothing that lets any packet pass it by.
    private static func refusesAll(_ list: RawSpan) throws(MalformedMessage) -> Bool {
        var isRefusal = false
        var cursor = AttributeCursor()
        while let element = try cursor.next(in: list) {
            let expression = list.extracting(element.value)
            var name = ""
            var data: Range<Int>?
            var attributes = AttributeCursor()
            while let attribute = try attributes.next(in: expression) {
                if attribute.type == NFTablesProtocol.Expression.name { name = try attribute.string(in: expression) }
                if attribute.type == NFTablesProtocol.Expression.data { data = attribute.value }
            }
            switch name {
            case "counter", "log": continue
            case "reject": isRefusal = true
            case "immediate":
                guard let data else { return false }
                isRefusal = try drops(expression.extracting(data))
            default: return false
            }
        }
        return isRefusal
    }

    private static func drops(_ immediate: RawSpan) throws(MalformedMessage) -> Bool {
        guard let data = try nested(NFTablesProtocol.Expression.immediateData, in: immediate),
            let verdict = try nested(NFTablesProtocol.Expression.verdict, in: immediate.extracting(data))
        else { return false }
        let bytes = immediate.extracting(data).extracting(verdict)
        guard let code = try nested(NFTablesProtocol.Expression.verdictCode, in: bytes) else { return false }
        return try bytes.bigEndian32(at: code.lowerBound) == NFTablesProtocol.Expression.drop
    }

    private static func nested(_ type: UInt16, in bytes: RawSpan) throws(MalformedMessage) -> Range<Int>? {
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            if attribute.type == type { return attribute.value }
        }
        return nil
    }

    private func contains(_ needle: [UInt8], _ bytes: RawSpan) throws(MalformedMessage) -> Bool {
        guard !needle.isEmpty, bytes.byteCount >= needle.count else { return false }
        return bytes.withUnsafeBytes { buffer in
            (0...buffer.count - needle.count).contains { start in
                buffer[start..<start + needle.count].elementsEqual(needle)
            }
        }
    }
}
