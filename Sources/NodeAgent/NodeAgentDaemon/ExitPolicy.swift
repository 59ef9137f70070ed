import DaemonRuntime
import WireGuardDevice

/// What nft(8) is told: the operator's file, and before it the names that the file uses. One transaction, which
/// replaces our own table and touches no other.
struct ExitPolicy: Hashable {
    /// Of the inet family; the policy file declares it.
    static let table = "holdfast_exit"
    /// Far more than anyone needs; the input must fit into a pipe.
    static let extraPortsMax = 64

    let interface: String
    let listenPort: UInt16
    let extraPorts: [Int]
    let file: String
    let forwardOthers: ForwardOthers
    /// Connections that the kernel tracks at most; 0: as its memory allows.
    let connectionsMax: Int

    /// What becomes of packets that the host forwards past the tunnel.
    enum ForwardOthers: String, Hashable, CaseIterable {
        /// They pass where the host was a router before us.
        case asBefore = "as-before"
        case yes
        case no
    }

    /// - Throws: for what nft would misread: it takes our words as text.
    init(_ settings: Settings, _ configuration: AgentConfiguration) throws(SettingsError) {
        let ports = settings[AgentSettings.extraListenPorts]
        guard Set(ports).count == ports.count, !ports.contains(Int(configuration.listenPort)),
            ports.count <= Self.extraPortsMax
        else {
            throw settings.wrong(
                AgentSettings.extraListenPorts,
                expected: """
                    a list of at most \(Self.extraPortsMax) ports, each once and none of them WireGuard's own \
                    (\(configuration.listenPort))
                    """
            )
        }
        let name = configuration.interface.description
        guard name.utf8.allSatisfy(Self.isPlain) else {
            throw settings.wrong(
                AgentSettings.interface,
                expected: "of letters, digits, '.', '_', '-' and '@' alone, for the exit policy to name it (\(name))"
            )
        }
        let file = settings[AgentSettings.exitPolicyFile]
        guard file.hasPrefix("/"), file.utf8.allSatisfy({ Self.isPlain($0) || $0 == UInt8(ascii: "/") }) else {
            throw settings.wrong(
                AgentSettings.exitPolicyFile,
                expected: "an absolute path of letters, digits, '.', '_', '-', '@' and '/' alone"
            )
        }
        interface = name
        listenPort = configuration.listenPort
        extraPorts = ports
        self.file = file
        connectionsMax = settings[AgentSettings.connectionsMax]
        forwardOthers = ForwardOthers(rawValue: settings[AgentSettings.forwardOthers]) ?? .asBefore
    }

    /// Declared, deleted and declared again: so that the first time is like every other, in one transaction.
    private var prelude: String {
        """
        define tunnel = "\(interface)"
        define wireguard_port = \(listenPort)
        define extra_ports = { \(extraPorts.map(String.init).joined(separator: ", ")) }
        table inet \(Self.table)
        delete table inet \(Self.table)

        """
    }

    /// Loads the policy; nft names the file and the line of an error in it.
    func input(_ before: ForwardingBefore) -> String { prelude + "include \"\(file)\"\n" + othersRules(before) }

    /// For a trial run: fails also where the file, emptied or cut off, no longer guards what it must before the node
    /// forwards anything.
    func trialInput(_ before: ForwardingBefore) -> String {
        let chains = ["forward", "input", "postrouting"].map {
            "add rule inet \(Self.table) \($0) counter comment \"\(file) must declare the chain \($0)\"\n"
        }
        return input(before) + chains.joined()
    }

    /// In place of a policy that cannot be loaded where none is in force: peers reach nothing, not even the node, whose
    /// own services no forwarding stands before.
    func lockdown(_ before: ForwardingBefore) -> String {
        prelude + othersRules(before) + """
            table inet \(Self.table) {
                chain forward {
                    type filter hook forward priority filter; policy accept;
                    iifname $tunnel counter drop
                    oifname $tunnel counter drop
                }
                chain input {
                    type filter hook input priority filter; policy accept;
                    iifname $tunnel counter drop
                }
            }

            """
    }

    /// The same input as one text, for a person to read.
    func inputInFull(fileText: String, _ before: ForwardingBefore) -> String {
        prelude + "# \(file)\n" + fileText + othersRules(before)
    }

    /// Takes the table away; no error when there is none.
    static let removal = "table inet \(table)\ndelete table inet \(table)\n"

    /// None of nft's wildcards, quotes and escapes, and no control character.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
