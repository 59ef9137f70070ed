import DaemonRuntime
import Model
import WireGuardDevice

/// The settings, checked, with what enrolment left behind filled in.
struct AgentConfiguration {
    enum DeviceKind: String { case kernel, simulated }
    enum ExitGuard: String, CaseIterable { case repair, report, off }

    let coordinators: [HostPort]
    let endpoint: HostPort?
    let listenPort: UInt16
    let interface: InterfaceName
    let deviceKind: DeviceKind
    let reconcileInterval: Duration
    let lingerSilence: Duration
    let statusSocket: String?
    let upgradeRequestFile: String?
    let metricsFile: String?
    let exitGuard: ExitGuard
    let trustedTables: Set<String>
    let diskFloor_bytes: UInt64

    init(_ settings: Settings, _ record: NodeRecord) throws(SettingsError) {
        let coordinators = settings[AgentSettings.coordinators]
        self.coordinators = coordinators.isEmpty ? record.coordinators : coordinators
        let endpointText = settings[AgentSettings.endpoint]
        endpoint = endpointText.isEmpty ? record.endpoint : HostPort(endpointText)
        guard endpointText.isEmpty || endpoint != nil else {
            throw settings.wrong(AgentSettings.endpoint, expected: "HOST:PORT")
        }
        let port = settings[AgentSettings.listenPort]
        listenPort = port == 0 ? record.listenPort : UInt16(port)
        let name = settings[AgentSettings.interface]
        guard let interface = InterfaceName(name.isEmpty ? record.interface : name) else {
            throw settings.wrong(
                AgentSettings.interface,
                expected: "an interface's name, 1 to 15 characters without space, / or :"
            )
        }
        self.interface = interface
        deviceKind = DeviceKind(rawValue: settings[AgentSettings.deviceKind]) ?? .kernel
        reconcileInterval = settings[AgentSettings.reconcileInterval]
        lingerSilence = settings[AgentSettings.lingerSilence]
        let socket = settings[AgentSettings.statusSocket]
        statusSocket = socket.isEmpty ? nil : socket
        let request = settings[AgentSettings.upgradeRequestFile]
        upgradeRequestFile = request.isEmpty ? nil : request
        let metrics = settings[AgentSettings.metricsFile]
        guard metrics.isEmpty || metrics.hasPrefix("/") && metrics.hasSuffix(".prom") else {
            throw settings.wrong(AgentSettings.metricsFile, expected: "an absolute path that ends in .prom, or nothing")
        }
        metricsFile = metrics.isEmpty ? nil : metrics
        exitGuard = ExitGuard(rawValue: settings[AgentSettings.exitGuard]) ?? .repair
        trustedTables = Set(settings[AgentSettings.trustedTables])
        diskFloor_bytes = UInt64(settings[AgentSettings.diskFloor]) << 20
    }
}
