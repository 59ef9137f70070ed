import LinkProtocol

extension Holdfast_Link_V1_NodeCondition {
    init(_ value: NodeCondition) {
        self.init()
        kind = Kind(value.kind)
        detail = value.detail
    }
}

extension NodeCondition {
    init(_ wire: Holdfast_Link_V1_NodeCondition) {
        self.init(Kind(wire.kind), String(wire.detail.plain.prefix(200)))
    }
}

extension Holdfast_Link_V1_NodeCondition.Kind {
    init(_ kind: NodeCondition.Kind) {
        self =
            switch kind {
            case .exitPolicy: .exitPolicy
            case .forwarding: .forwarding
            case .foreignRules: .foreignRules
            case .interface: .interface
            case .route: .route
            case .addressCollision: .addressCollision
            case .wireGuard: .wireguard
            case .peerTable: .peerTable
            case .clock: .clock
            case .contention: .contention
            case .identity: .identity
            case .unknown: .unspecified
            }
    }
}

extension NodeCondition.Kind {
    /// A kind that this version does not know is still a reason.
    init(_ wire: Holdfast_Link_V1_NodeCondition.Kind) {
        self =
            switch wire {
            case .exitPolicy: .exitPolicy
            case .forwarding: .forwarding
            case .foreignRules: .foreignRules
            case .interface: .interface
            case .route: .route
            case .addressCollision: .addressCollision
            case .wireguard: .wireGuard
            case .peerTable: .peerTable
            case .clock: .clock
            case .contention: .contention
            case .identity: .identity
            case .unspecified, .UNRECOGNIZED: .unknown
            }
    }
}
