import HTTPTypes
import Model
import Store

/// Every problem that only the operators' listener answers with.
extension Problem {
    static let certificateRequired = unauthenticated(
        "certificate-required",
        title: "An operator's certificate is needed",
        detail: "`holdfast-coordinator operator add NAME` makes one, on the coordinator's machine."
    )
    static let certificateRefused = unauthenticated(
        "certificate-refused",
        title: "This is no operator's certificate of this coordinator's authority",
        detail: "A node's certificate is worth nothing here."
    )
    static let certificateExpired = unauthenticated(
        "certificate-expired",
        title: "The operator's certificate has expired, or is not valid yet",
        detail: "Have a new one made with `holdfast-coordinator operator add`, or set the clock."
    )
    static let certificateRevoked = unauthenticated(
        "certificate-revoked",
        title: "The operator's certificate was revoked",
        detail: nil
    )

    private static func unauthenticated(_ name: String, title: String, detail: String?) -> Problem {
        var problem = Problem(.unauthorized, name, title: title, detail: detail)
        problem.challenge = "Certificate"
        return problem
    }

    static func roleMissing(needed: OperatorRole, has role: OperatorRole) -> Problem {
        Problem(
            .forbidden,
            "role-missing",
            title: "This needs the role \(needed.rawValue)",
            detail: "Your certificate has the role \(role.rawValue)."
        )
    }

    static func unknownNode(_ name: String) -> Problem {
        Problem(
            .notFound,
            "unknown-node",
            title: "No node is named '\(name)'",
            detail: "GET /admin/v1/nodes lists them."
        )
    }

    static func conflict(_ name: String, _ title: String, _ detail: String? = nil) -> Problem {
        Problem(.conflict, name, title: title, detail: detail)
    }

    static let requestUnderWay = Problem(
        .conflict,
        "request-under-way",
        title: "A request with this Idempotency-Key is being carried out",
        detail: "Ask again for its answer.",
        retryAfter: .seconds(2)
    )

    static func nodeHasPeers(_ count: Int) -> Problem {
        conflict(
            "node-has-peers",
            "The node still has \(count) \(count == 1 ? "peer" : "peers")",
            "Drain it first, or send 'force': true: then they are placed elsewhere without a transition."
        )
    }

    static func beingDrained(_ operation: OperationID) -> Problem {
        conflict("being-drained", "An operation empties this node", "Cancel operation \(operation) first.")
    }

    init(_ refusal: OperationRefusal) {
        switch refusal {
        case .unknownNode(let name): self = .unknownNode(name)
        case .unknownOperation: self = .notFound
        case .isOver(let state): self = .conflict("operation-over", "The operation is over: \(state.rawValue)")
        case .nodeIsRetired:
            self = .conflict("node-retired", "The node is retired: its peers cannot stay on it", "Wait for the end.")
        case .beingCancelled(let id):
            self = .conflict("being-cancelled", "Operation \(id) of this node is being cancelled", "Ask again later.")
        }
    }

    init(_ refusal: RolloutRefusal) {
        switch refusal {
        case .unknown: self = .notFound
        case .anotherIsOpen(let id, let version):
            self = .conflict(
                "rollout-open",
                "A rollout of \(version) is under way",
                "It is \(id). Roll it back or wait for its end, or send 'replace': true."
            )
        case .notWhile(let state):
            self = .conflict("rollout-state", "This does not apply to a rollout that is \(state.rawValue)")
        }
    }
}
