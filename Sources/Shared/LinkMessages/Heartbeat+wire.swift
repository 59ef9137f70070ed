import FoundationEssentials
import LinkProtocol
import Model
import SwiftProtobuf

extension Holdfast_Link_V1_Heartbeat {
    init(_ value: Heartbeat) {
        self.init()
        appliedRevision = value.appliedRevision.number
        tableDigest = Data(value.tableDigest.bytes)
        peersInTable = value.peersInTable
        peersLingering = value.peersLingering
        peersInKernel = value.peersInKernel
        peersRecentlyActive = value.peersRecentlyActive
        driftRepaired = value.driftRepaired
        receivedBytes = value.receivedBytes
        sentBytes = value.sentBytes
        receivedPackets = value.receivedPackets
        sentPackets = value.sentPackets
        cpuBusyPermille = value.cpuBusyPermille
        loadPermille = value.loadPermille
        memoryTotalBytes = value.memoryTotalBytes
        memoryAvailableBytes = value.memoryAvailableBytes
        stateDiskFreeBytes = value.stateDiskFreeBytes
        conditions = value.conditions.map(Holdfast_Link_V1_NodeCondition.init)
        ipv6Unavailable = value.ipv6Unavailable
        sentAtUs = value.sentAt.microseconds
    }
}

extension Heartbeat {
    init(_ wire: Holdfast_Link_V1_Heartbeat) throws(LinkCodec.Malformed) {
        self.init()
        appliedRevision = Revision(wire.appliedRevision)
        tableDigest = try Fields.digest(wire.tableDigest, "Heartbeat.table_digest")
        peersInTable = wire.peersInTable
        peersLingering = wire.peersLingering
        peersInKernel = wire.peersInKernel
        peersRecentlyActive = wire.peersRecentlyActive
        driftRepaired = wire.driftRepaired
        receivedBytes = wire.receivedBytes
        sentBytes = wire.sentBytes
        receivedPackets = wire.receivedPackets
        sentPackets = wire.sentPackets
        // A share of the whole is no more than the whole.
        cpuBusyPermille = min(wire.cpuBusyPermille, 1000)
        loadPermille = wire.loadPermille
        memoryTotalBytes = wire.memoryTotalBytes
        memoryAvailableBytes = min(wire.memoryAvailableBytes, wire.memoryTotalBytes)
        stateDiskFreeBytes = wire.stateDiskFreeBytes
        guard wire.conditions.count <= NodeCondition.countMax else { throw .field("Heartbeat.conditions") }
        conditions = wire.conditions.map(NodeCondition.init)
        ipv6Unavailable = wire.ipv6Unavailable
        sentAt = Timestamp(microseconds: wire.sentAtUs)
    }
}

extension Holdfast_Link_V1_Refusal.Reason {
    init(_ reason: ChangeRefusal) {
        self =
            switch reason {
            case .baseMismatch: .baseMismatch
            case .olderRevision: .olderRevision
            case .conflictingContent: .conflictingContent
            case .incompleteSnapshot: .incompleteSnapshot
            case .massRemoval: .massRemoval
            case .tableUnavailable: .tableUnavailable
            }
    }
}

extension ChangeRefusal {
    init(_ wire: Holdfast_Link_V1_Refusal.Reason) throws(LinkCodec.Malformed) {
        switch wire {
        case .baseMismatch: self = .baseMismatch
        case .olderRevision: self = .olderRevision
        case .conflictingContent: self = .conflictingContent
        case .incompleteSnapshot: self = .incompleteSnapshot
        case .massRemoval: self = .massRemoval
        case .tableUnavailable: self = .tableUnavailable
        case .unspecified, .UNRECOGNIZED: throw .field("Refusal.reason")
        }
    }
}
