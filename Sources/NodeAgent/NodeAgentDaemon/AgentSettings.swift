import DaemonRuntime
import Glibc
import Logging
import Model

/// What the operator may set; everything has a default, and most of what a node needs it learned at enrolment.
enum AgentSettings {
    static let defaultPath = "/etc/holdfast/agent.toml"

    static let stateDirectory = Setting(
        "state.directory",
        .string,
        default: "/var/lib/holdfast-agent",
        help: "Where keys and peer table are kept."
    )
    static let coordinators = Setting(
        "link.coordinators",
        .list(of: .hostPort),
        default: [],
        help: "The coordinators; empty: those of the enrolment."
    )
    static let endpoint = Setting(
        "node.endpoint",
        .string,
        default: "",
        help: "HOST:PORT where clients reach this node; empty: as at the enrolment."
    )
    static let listenPort = Setting(
        "node.listen_port",
        .integer(in: 0...65_535),
        default: 0,
        help: "WireGuard's UDP port; 0: as at the enrolment."
    )
    static let interface = Setting(
        "device.interface",
        .string,
        default: "",
        help: "The WireGuard interface's name; empty: as at the enrolment."
    )
    static let deviceKind = Setting(
        "device.kind",
        .oneOf(["kernel", "simulated"]),
        default: "kernel",
        help: "The kernel's WireGuard, or a simulation in memory for benchmarks."
    )
    static let reconcileInterval = Setting(
        "device.reconcile_interval_ms",
        .milliseconds(in: 100...3_600_000),
        default: .seconds(30),
        help: "How often the kernel is compared with the table."
    )
    static let lingerSilence = Setting(
        "device.linger_silence_ms",
        .milliseconds(in: 1000...86_400_000),
        default: .seconds(180),
        help: "How long a peer that moved away must be silent before it is let go; below 180 s a session may be cut."
    )
    static let exitPolicyFile = Setting(
        "exit.policy_file",
        .string,
        default: "/etc/holdfast/exit-policy.nft",
        help: "What peers may reach, in nftables' language; read by `holdfast-agent exit-policy load`."
    )
    static let extraListenPorts = Setting(
        "exit.extra_listen_ports",
        .list(of: .integer(in: 1...65_535)),
        default: [],
        help: "More UDP ports on which clients reach WireGuard, such as 53 and 443, for networks that block its own."
    )
    static let exitGuard = Setting(
        "exit.guard",
        .oneOf(AgentConfiguration.ExitGuard.allCases.map(\.rawValue)),
        default: AgentConfiguration.ExitGuard.repair.rawValue,
        help: """
            What the running agent does when exit policy or forwarding are not as they should be: put them back (repair), \
            only say so (report), or nothing (off: another program keeps peers from each other and from private networks).
            """
    )
    static let exitStateDirectory = Setting(
        "exit.state_directory",
        .string,
        default: "/run/holdfast-exit-policy",
        help: "Where it is remembered, until the next boot, what the host forwarded before Holdfast; empty: nowhere."
    )
    static let forwardOthers = Setting(
        "exit.forward_others",
        .oneOf(ExitPolicy.ForwardOthers.allCases.map(\.rawValue)),
        default: ExitPolicy.ForwardOthers.asBefore.rawValue,
        help: """
            Whether packets pass between other interfaces than the tunnel: as before Holdfast turned forwarding on, yes, \
            or no.
            """
    )
    static let trustedTables = Setting(
        "exit.trusted_tables",
        .list(of: .string),
        default: [],
        help: "Tables of nftables (`inet filter`) that pass the tunnel's packets although no rule of theirs names it."
    )
    static let connectionsMax = Setting(
        "exit.connections_max",
        .integer(in: 0...100_000_000),
        default: 0,
        help:
            "Connections that the kernel may track (it is only ever raised to that); 0: a sixteenth of the memory's worth."
    )
    static let diskFloor = Setting(
        "state.free_min_mib",
        .integer(in: 0...1_048_576),
        default: 64,
        help: """
            With less room on the table's disk, in MiB, the node takes no new peers; 0: no floor. A table of 100,000 peers \
            takes 8, and twice that while it is rewritten.
            """
    )
    static let statusSocket = Setting(
        "status.socket",
        .string,
        default: "/run/holdfast-agent/status.sock",
        help: "The unix socket of `holdfast-agent status`; empty: none."
    )
    static let upgradeRequestFile = Setting(
        "upgrade.request_file",
        .string,
        default: "/run/holdfast-agent/desired-version",
        help: "Where the agent writes the version that a rollout wants, for its unit to install; empty: nowhere."
    )
    static let metricsFile = Setting(
        "metrics.file",
        .string,
        default: "",
        help: "Where Prometheus metrics are written for node_exporter's textfile collector (NAME.prom); empty: nowhere."
    )
    static let logLevel = Setting(
        "log.level",
        .oneOf(Logger.Level.allCases.map(\.rawValue)),
        default: "info",
        help: "From which level on messages are written."
    )

    static let catalogue = SettingsCatalogue(
        stateDirectory,
        coordinators,
        endpoint,
        listenPort,
        interface,
        deviceKind,
        reconcileInterval,
        lingerSilence,
        exitPolicyFile,
        extraListenPorts,
        exitGuard,
        exitStateDirectory,
        forwardOthers,
        trustedTables,
        connectionsMax,
        diskFloor,
        statusSocket,
        upgradeRequestFile,
        metricsFile,
        logLevel
    )

    /// Nil only when there is no file. One that cannot be looked at is no reason to go on with the defaults: they name
    /// another interface, or another port.
    private static func presentDefaultPath() throws(Failure) -> String? {
        if FileAccess.exists(defaultPath) { return defaultPath }
        guard errno == ENOENT || errno == ENOTDIR else { throw Failure(call: "look at", defaultPath) }
        return nil
    }

    /// - Parameter path: as given on the command line; nil: the default path, which need not exist.
    static func load(_ path: String?, _ overrides: [SettingOverride?]) throws(Failure) -> Settings {
        let file: String?
        if let path { file = path } else { file = try presentDefaultPath() }
        return try Failure.wrapping(Failure.init) { () throws(SettingsError) in
            try Settings.load(catalogue, file: file, environment: Environment.current(), overrides: overrides)
        }
    }
}
