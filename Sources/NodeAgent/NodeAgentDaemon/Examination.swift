import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import Model
import PeerTable

/// The examination of a node, from its configuration outwards. Each part goes as far as what came before allows.
struct Examination {
    private let options: NodeOptions
    private let overrides: [SettingOverride?]

    init(_ options: NodeOptions, _ overrides: [SettingOverride?]) {
        self.options = options
        self.overrides = overrides
    }

    /// - Parameter tell: called with each finding as it is made: some take seconds.
    func perform(_ tell: (Finding) -> Void) -> [Finding] {
        var findings: [Finding] = []
        func note(_ finding: Finding) {
            findings.append(finding)
            tell(finding)
        }
        let settings: Settings
        do throws(Failure) {
            settings = try options.settings(overrides)
        } catch {
            note(KernelExamination.wireGuard())
            note(.failed("configuration", error.message, remedy: "correct the setting that it names"))
            return findings
        }
        note(Self.configurationFile(options.config))
        for finding in HostExamination.findings() { note(finding) }
        let directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
        var configuration: AgentConfiguration?
        do throws(SettingsError) {
            configuration = try (try? directory.nodeRecord()).map { (record) throws(SettingsError) in
                try AgentConfiguration(settings, record)
            }
        } catch {
            note(.failed("configuration", error.description, remedy: "correct the setting that it names"))
        }
        note(KernelExamination.wireGuard())
        let report = configuration?.statusSocket.flatMap { try? StatusClient.ask($0) }.flatMap {
            StatusReport(json: $0)
        }
        if let configuration, let record = try? directory.nodeRecord() {
            let key = record.wireguardKey ?? (try? directory.wireguardKeyPair().publicKey)
            note(KernelExamination.interface(configuration, ownKey: key))
            let addresses = record.network.interfaceAddresses
            let conditions = ConditionExamination(configuration: configuration, addresses: addresses)
            for finding in conditions.findings(report) { note(finding) }
        }
        // What only root may ask has been asked. What lies in the directory is its owner's, and may be of any making.
        do throws(Failure) {
            try directory.becomeOwner()
        } catch {
            note(.failed("enrolment", error.message, remedy: "run this as root"))
            return findings
        }
        for finding in StateExamination(directory, floor_bytes: configuration?.diskFloor_bytes ?? 0).findings() {
            note(finding)
        }
        guard let configuration else { return findings }
        for coordinator in configuration.coordinators { note(Self.reach(coordinator, directory)) }
        note(Self.agent(configuration))
        return findings
    }

    private static func reach(_ coordinator: HostPort, _ directory: StateDirectory) -> Finding {
        let subject = "coordinator \(coordinator)"
        let identity: Identity
        do throws(Failure) {
            identity = try directory.linkIdentity()
        } catch {
            return .failed(subject, "not tried: \(error.message)", remedy: "mend the certificate first")
        }
        do throws(LinkFailure) {
            let took = try Reachability(now: MonotonicClock.now).probe(coordinator, as: identity)
            return .passed(subject, "reached, and it is the fleet's own, in \(took.milliseconds) ms")
        } catch {
            return .failed(subject, "\(error)", remedy: remedy(for: error))
        }
    }

    private static func remedy(for failure: LinkFailure) -> String {
        switch failure {
        case .lookup: "correct the name in `link.coordinators`, or this host's name servers"
        case .connect, .timedOut:
            "start the coordinator, or let TCP through to this address; the tunnels go on meanwhile"
        case .untrusted: "set this node's clock; if it is right, this is not your fleet's coordinator"
        case .wrongProtocol, .frame, .message:
            "point `link.coordinators` at the coordinator's link port, not at its HTTP port or at a proxy"
        case .tls, .broken, .ended, .unread, .silent, .session:
            "look into the coordinator's log; the tunnels go on meanwhile"
        }
    }

    /// The settings were read: from where.
    private static func configurationFile(_ given: String?) -> Finding {
        let path = given ?? AgentSettings.defaultPath
        guard given == nil, !FileAccess.exists(path) else { return .passed("configuration", path) }
        return .passed("configuration", "defaults, for there is no \(path)")
    }

    private static func agent(_ configuration: AgentConfiguration) -> Finding {
        guard let path = configuration.statusSocket else {
            return .warning(
                "agent",
                "`status.socket` is empty: not asked",
                remedy: "set it, to see how the agent fares"
            )
        }
        let start = "systemctl start holdfast-agent; then journalctl -u holdfast-agent"
        do throws(Failure) {
            guard let report = StatusReport(json: try StatusClient.ask(path)) else {
                return .warning("agent", "it is of another version", remedy: "systemctl restart holdfast-agent")
            }
            guard report.ready else {
                return .failed("agent", "running, and not ready", remedy: "journalctl -u holdfast-agent")
            }
            guard report.link.state == "connected" else {
                let reason = report.link.last_error.map { ": \($0)" } ?? ""
                return .warning("agent", "running, without a link\(reason)", remedy: "see the coordinators above")
            }
            return .passed("agent", "running and linked, \(report.device.peers) peers")
        } catch {
            return .failed("agent", error.message, remedy: start)
        }
    }
}
