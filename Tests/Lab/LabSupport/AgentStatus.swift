import Foundation

/// What `holdfast-agent status --json` says, as far as the lab asks.
public struct AgentStatus: Decodable, Sendable {
    private struct Link: Decodable {
        let state: String
        let certificateExpires: String
        let lastError: String?

        private enum CodingKeys: String, CodingKey {
            case state
            case certificateExpires = "certificate_expires"
            case lastError = "last_error"
        }
    }

    private struct Table: Decodable {
        let revision: UInt64
        let peers: Int
        let peersLingering: Int

        private enum CodingKeys: String, CodingKey {
            case revision, peers
            case peersLingering = "peers_lingering"
        }
    }

    private struct Device: Decodable {
        let peers: Int
        let peersSet: UInt64
        let peersRemoved: UInt64
        let driftRepaired: UInt64
        let inStep: Bool
        let lastError: String?

        private enum CodingKeys: String, CodingKey {
            case peers
            case peersSet = "peers_set"
            case peersRemoved = "peers_removed"
            case driftRepaired = "drift_repaired"
            case inStep = "in_step"
            case lastError = "last_error"
        }
    }

    private struct Condition: Decodable {
        let kind: String
        let detail: String
    }

    private let link: Link
    private let table: Table
    private let device: Device
    private let conditions: [Condition]
    private let ipv6Available: Bool
    /// How often each part was put right.
    public let repairs: [String: UInt64]

    private enum CodingKeys: String, CodingKey {
        case link, table, device, conditions, repairs
        case ipv6Available = "ipv6_available"
    }

    public init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(AgentStatus.self, from: Data(json))
    }

    /// Why the node takes no new peers, by kind.
    public var conditionDetails: [String: String] {
        Dictionary(conditions.map { ($0.kind, $0.detail) }) { first, _ in first }
    }
    public var hasIPv6: Bool { ipv6Available }
    public var peersInKernel: Int { device.peers }
    /// The link to the coordinator is up.
    public var isLinked: Bool { link.state == "connected" }
    /// RFC 3339; so that later ones sort behind.
    public var certificateExpires: String { link.certificateExpires }
    /// Why there is no link, or what the interface lacks.
    public var linkError: String? { link.lastError }
    public var deviceError: String? { device.lastError }
    /// Peers in the durable table.
    public var peersInTable: Int { table.peers }
    /// Of these, the ones that have moved away.
    public var peersLingering: Int { table.peersLingering }
    public var appliedRevision: UInt64 { table.revision }
    /// The kernel was compared with the table, and has it.
    public var isInStep: Bool { device.inStep }
    /// Peers set or removed in the kernel since the agent started.
    public var kernelChanges: UInt64 { device.peersSet + device.peersRemoved }
    /// Of these, what put right a difference that nobody had asked for.
    public var driftRepaired: UInt64 { device.driftRepaired }
}
