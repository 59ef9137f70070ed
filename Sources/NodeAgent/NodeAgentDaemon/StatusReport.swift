import FoundationEssentials

/// The status document, read back for people.
struct StatusReport: Decodable {
    struct Link: Decodable {
        let state: String
        let since: String
        let since_s: Int64
        let coordinator: String?
        let connections: Int
        let desired_revision: UInt64?
        let clock_skew_ms: Int64?
        let certificate_expires: String
        let last_error: String?
    }

    struct Table: Decodable {
        let revision: UInt64
        let peers: Int
        /// Nil from an agent that is older than this command.
        let peers_lingering: Int?
        let last_error: String?
    }

    struct Device: Decodable {
        let kind: String
        let interface: String
        let public_key: String
        let listen_port: Int
        let peers: Int
        let in_step: Bool
        let drift_repaired: UInt64
        let interfaces_recreated: UInt64
        let reconciliations: UInt64
        let last_reconciliation_us: Int64
        let peers_refused: Int
        let last_error: String?
    }

    struct Condition: Decodable {
        let kind: String
        let detail: String
    }

    let version: String
    /// What a rollout wants; nil for nothing.
    let desired_version: String?
    let node_id: String
    let name: String
    let region: String
    let uptime_s: Int64
    let ready: Bool
    /// Nil from an agent that is older than this command, here and below.
    let conditions: [Condition]?
    let ipv6_available: Bool?
    let repairs: [String: UInt64]?
    let tracked_connections: UInt64?
    let tracked_connections_max: UInt64?
    let certificate_days_left: Int64
    let link: Link
    let table: Table
    let device: Device

    /// Nil for anything but a status document.
    init?(json text: String) {
        guard let report = try? JSONDecoder().decode(StatusReport.self, from: Data(text.utf8)) else { return nil }
        self = report
    }
}
