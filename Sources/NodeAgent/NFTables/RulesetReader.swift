import Netlink

/// Reads the kernel's packet filter over nfnetlink, and changes nothing. Needs CAP_NET_ADMIN.
public struct RulesetReader: ~Copyable {
    /// Looks at a ruleset that changes while it is looked at.
    private static let attempts = 8
    private static let noSuchEntry: Int32 = 2

    private var socket: NetlinkSocket

    public init() throws(NetlinkError) {
        socket = try NetlinkSocket(.netfilter)
    }

    public mutating func generation() throws(NetlinkError) -> UInt32 {
        var generation: UInt32 = 0
        var message = Request.generation()
        try socket.request(&message) { _, payload throws(MalformedMessage) in
            generation = try Generation(in: payload).number
        }
        return generation
    }

    /// - Parameters:
    ///   - table: our own.
    ///   - interface: the one whose packets other tables must pass.
    public mutating func read(_ table: TableName, interface: String) throws(NetlinkError) -> Ruleset {
        for _ in 0..<Self.attempts {
            var ruleset = Ruleset(generation: try generation())
            do throws(NetlinkError) {
                let chains = try forwardChains(besides: table)
                ruleset.image = try image(of: table)
                for (table, chains) in chains {
                    ruleset.closedChains += try closed(chains, of: table, to: interface)
                }
            } catch .refused(Self.noSuchEntry, _) {
                // Went away meanwhile.
                continue
            }
            ruleset.closedChains.sort { $0.description < $1.description }
            if try generation() == ruleset.generation { return ruleset }
        }
        throw .dumpInterrupted(attempts: Self.attempts)
    }

    private mutating func forwardChains(
        besides own: TableName
    ) throws(NetlinkError) -> [TableName: [ForwardChain]] {
        var message = Request.chains()
        let chains = try socket.dump(&message, into: { [ForwardChain]() }) {
            chains,
            header,
            payload throws(MalformedMessage) in
            guard header.isOf(NFTablesProtocol.Message.newChain) else { return }
            if let chain = try ForwardChain.read(payload), chain.table != own { chains.append(chain) }
        }
        return Dictionary(grouping: chains, by: \.table)
    }

    private mutating func closed(
        _ chains: [ForwardChain],
        of table: TableName,
        to interface: String
    ) throws(NetlinkError) -> [Ruleset.ClosedChain] {
        var message = try encoded { () throws(MessageTooLong) in try Request.rules(of: table) }
        var rules = try socket.dump(&message, into: { ForwardRules(interface: interface) }) {
            rules,
            header,
            payload throws(MalformedMessage) in
            guard header.isOf(NFTablesProtocol.Message.newRule) else { return }
            try rules.add(payload)
        }
        let closed = chains.filter { $0.dropsByPolicy || rules.closedChains.contains($0.name) }
        guard !closed.isEmpty, !rules.namesInterface else { return [] }
        for set in try sets(of: table) {
            rules = try elements(of: set, in: table, into: rules) { rules, payload throws(MalformedMessage) in
                try rules.addElements(payload)
            }
        }
        guard !rules.namesInterface else { return [] }
        return closed.map { Ruleset.ClosedChain(table: table, chain: $0.name) }
    }

    /// Nil where there is no such table.
    private mutating func image(of table: TableName) throws(NetlinkError) -> TableImage? {
        var image = TableImage()
        var message = try encoded { () throws(MessageTooLong) in try Request.table(table) }
        do throws(NetlinkError) {
            try socket.request(&message) { _, payload throws(MalformedMessage) in try image.addTable(payload) }
        } catch .refused(Self.noSuchEntry, _) {
            return nil
        }
        var chains = Request.chains()
        image = try socket.dump(&chains, into: { image }) { image, header, payload throws(MalformedMessage) in
            guard header.isOf(NFTablesProtocol.Message.newChain), try payload.uint8(at: 0) == table.family.rawValue,
                try Self.tableName(payload) == table.name
            else { return }
            try image.addChain(payload)
        }
        var rules = try encoded { () throws(MessageTooLong) in try Request.rules(of: table) }
        image = try socket.dump(&rules, into: { image }) { image, header, payload throws(MalformedMessage) in
            if header.isOf(NFTablesProtocol.Message.newRule) { try image.addRule(payload) }
        }
        var names: [String] = []
        var sets = try encoded { () throws(MessageTooLong) in try Request.sets(of: table) }
        (image, names) = try socket.dump(&sets, into: { (image, [String]()) }) {
            state,
            header,
            payload throws(MalformedMessage) in
            guard header.isOf(NFTablesProtocol.Message.newSet) else { return }
            if let name = try state.0.addSet(payload) { state.1.append(name) }
        }
        for name in names {
            image = try elements(of: name, in: table, into: image) { image, payload throws(MalformedMessage) in
                try image.addElements(of: name, payload)
            }
        }
        return image
    }

    private mutating func sets(of table: TableName) throws(NetlinkError) -> [String] {
        var message = try encoded { () throws(MessageTooLong) in try Request.sets(of: table) }
        return try socket.dump(&message, into: { [String]() }) { names, header, payload throws(MalformedMessage) in
            guard header.isOf(NFTablesProtocol.Message.newSet) else { return }
            var unused = TableImage()
            if let name = try unused.addSet(payload) { names.append(name) }
        }
    }

    private mutating func elements<State>(
        of set: String,
        in table: TableName,
        into state: State,
        each: (inout State, RawSpan) throws(MalformedMessage) -> Void
    ) throws(NetlinkError) -> State {
        var message = try encoded { () throws(MessageTooLong) in try Request.elements(of: set, in: table) }
        return try socket.dump(&message, into: { state }) { state, header, payload throws(MalformedMessage) in
            if header.isOf(NFTablesProtocol.Message.newSetElement) { try each(&state, payload) }
        }
    }

    /// `NFTA_CHAIN_TABLE`
    private static func tableName(_ payload: RawSpan) throws(MalformedMessage) -> String? {
        var cursor = AttributeCursor(from: Generation.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            if attribute.type == NFTablesProtocol.Chain.table { return try attribute.string(in: payload) }
        }
        return nil
    }

    private func encoded(_ build: () throws(MessageTooLong) -> MessageEncoder) throws(NetlinkError) -> MessageEncoder {
        do throws(MessageTooLong) { return try build() } catch { throw .requestTooLong(byteCount: error.byteCount) }
    }
}

extension MessageHeader {
    func isOf(_ message: UInt16) -> Bool { type == NFTablesProtocol.subsystem << 8 | message }
}
