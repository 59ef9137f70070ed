import Netlink

/// Every reading of what the kernel may send of its packet filter, for a test that feeds it anything.
package enum RulesetReading {
    /// - Returns: how many of the readings made sense of the bytes.
    package static func attempt(_ bytes: [UInt8]) -> Int {
        let payload = bytes.span.bytes
        var image = TableImage()
        var rules = ForwardRules(interface: "holdfast0")
        var count = 0
        func note(_ read: () throws(MalformedMessage) -> Void) {
            if (try? read()) != nil { count += 1 }
        }
        note { () throws(MalformedMessage) in _ = try Generation(in: payload) }
        note { () throws(MalformedMessage) in _ = try ForwardChain.read(payload) }
        note { () throws(MalformedMessage) in try image.addTable(payload) }
        note { () throws(MalformedMessage) in try image.addChain(payload) }
        note { () throws(MalformedMessage) in try image.addRule(payload) }
        note { () throws(MalformedMessage) in _ = try image.addSet(payload) }
        note { () throws(MalformedMessage) in try image.addElements(of: "s", payload) }
        note { () throws(MalformedMessage) in try rules.add(payload) }
        return count
    }
}
