import DaemonRuntime

/// Puts the exit policy into force, and then lets the host forward: for the command, and for the agent that finds the
/// policy gone.
struct ExitPolicyLoader {
    let policy: ExitPolicy
    let memory: ForwardingMemory
    var filter = PacketFilter()

    /// Whether the policy could be loaded; nothing changes.
    func check() throws(Failure) {
        _ = try policy.readFile()
        try filter.check(policy.trialInput(beforeAsKnown()), from: policy.file)
    }

    /// - Throws: what was in force then stays; where nothing was, the tunnel is closed.
    func load() throws(Failure) {
        // A folder that cannot be written is no reason to leave peers without a policy.
        let before = (try? memory.recallOrNote(besides: policy.interface)) ?? beforeAsKnown()
        do throws(Failure) {
            _ = try policy.readFile()
            try filter.check(policy.trialInput(before), from: policy.file)
            try filter.apply(policy.input(before), what: "\(policy.file) cannot be loaded; what was in force stays")
        } catch {
            guard try !filter.has(table: ExitPolicy.table) else { throw error }
            try filter.apply(policy.lockdown(before), what: "the tunnel cannot be closed")
            throw Failure(error.status, "\(error.message)\nnone was in force: peers reach nothing until it is")
        }
        try Forwarding().enable(besides: policy.interface)
        try Forwarding().enableTunnel(policy.interface)
        ConnectionTracking().raise(to: policy.connectionsMax)
    }

    /// As remembered, or as it is now, with nothing written down.
    func beforeAsKnown() -> ForwardingBefore {
        memory.recall()
            ?? ForwardingBefore(
                ipv4: (try? Forwarding().isOn(.v4)) ?? false,
                ipv6: (try? Forwarding().isOn(.v6)) ?? false,
                interfaces: (try? Forwarding().interfaces().filter { $0 != policy.interface && $0 != "lo" }) ?? []
            )
    }
}
