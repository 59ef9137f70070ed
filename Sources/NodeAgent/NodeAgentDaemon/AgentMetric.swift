/// Every metric of the agent, in the order in which they are written: the one place that names them.
enum AgentMetric: String, CaseIterable {
    case info = "holdfast_agent_info"
    case ready = "holdfast_agent_ready"
    case start = "holdfast_agent_start_time_seconds"
    case linkUp = "holdfast_agent_link_up"
    case linkConnections = "holdfast_agent_link_connections_total"
    case appliedRevision = "holdfast_agent_applied_revision"
    case desiredRevision = "holdfast_agent_desired_revision"
    case tablePeers = "holdfast_agent_table_peers"
    case lingeringPeers = "holdfast_agent_lingering_peers"
    case kernelPeers = "holdfast_agent_kernel_peers"
    case refusedPeers = "holdfast_agent_refused_peers"
    case inStep = "holdfast_agent_in_step"
    case peersSet = "holdfast_agent_peers_set_total"
    case peersRemoved = "holdfast_agent_peers_removed_total"
    case netlinkMessages = "holdfast_agent_netlink_messages_total"
    case driftRepaired = "holdfast_agent_drift_repaired_total"
    case interfacesRecreated = "holdfast_agent_interfaces_recreated_total"
    case reconciliations = "holdfast_agent_reconciliations_total"
    case lastReconciliation = "holdfast_agent_last_reconciliation_seconds"
    case tableTrouble = "holdfast_agent_table_trouble"
    case deviceTrouble = "holdfast_agent_device_trouble"
    case certificateExpires = "holdfast_agent_certificate_expires_timestamp_seconds"
    case clockSkew = "holdfast_agent_clock_skew_seconds"

    /// Prometheus's type: a counter where the name says so.
    var kind: String { rawValue.hasSuffix("_total") ? "counter" : "gauge" }

    var help: String {
        switch self {
        case .info: "1; the labels say version, node, name and region."
        case .ready: "1 once the tunnels were as the table says."
        case .start: "When the agent started, seconds since 1970."
        case .linkUp: "1 while there is a link to a coordinator."
        case .linkConnections: "How many times a link has been up."
        case .appliedRevision: "The revision that is stored and programmed."
        case .desiredRevision: "The revision that the coordinator has sent; absent without a link."
        case .tablePeers: "Peers in the durable table."
        case .lingeringPeers: "Peers of the table that have moved away and are still served."
        case .kernelPeers: "Peers in the kernel."
        case .refusedPeers: "Peers of the table that the kernel does not take."
        case .inStep: "1 while the kernel holds what the table says."
        case .peersSet: "Steps that set a peer in the kernel."
        case .peersRemoved: "Steps that removed a peer from the kernel."
        case .netlinkMessages: "Messages that changed peers."
        case .driftRepaired: "Peers put right that somebody else had changed."
        case .interfacesRecreated: "How many times the interface was made anew after its loss."
        case .reconciliations: "Comparisons of the kernel with the table."
        case .lastReconciliation: "How long the last comparison took."
        case .tableTrouble: "1 while the table cannot be read or written."
        case .deviceTrouble: "1 while the interface is not as it should be."
        case .certificateExpires: "When the node's certificate expires, seconds since 1970."
        case .clockSkew: "The node's clock less the coordinator's; absent before the first link."
        }
    }
}
