import API
import AgentLink
import Billing
import DaemonRuntime
import Database
import Model
import Placement
import Store

/// The coordinator's figures in Prometheus' text format. None is about a customer.
struct CoordinatorMetrics: Sendable {
    let store: Store
    let environment: BillingEnvironment
    let silenceLimit: Duration
    let webhooks: WebhookCounts
    let link: LinkCounts
    let anchoring: AuditAnchoring

    func text() async -> String {
        var text = Self.family("holdfast_build_info", "The running version.", [("version=\"\(Version.current)\"", 1)])
        let figures = store.pool.figures
        text += Self.family(
            "holdfast_database_connections",
            "Connections to the database.",
            [
                ("state=\"wanted\"", figures.connections), ("state=\"connected\"", figures.connected),
                ("state=\"busy\"", figures.busy),
            ]
        )
        text += Self.family(
            "holdfast_database_waiting",
            "Callers that wait for a connection.",
            [("", figures.waiting)]
        )
        text += Self.family(
            "holdfast_webhooks_total",
            "The stores' events by how they were answered, since the start of this instance.",
            webhooks.all.map { ("store=\"\($0.provider)\",answer=\"\($0.answer)\"", $0.count) },
            type: "counter"
        )
        text += Self.family(
            "holdfast_link_refused_total",
            "Connections and wishes on the nodes' port that were refused, since the start of this instance.",
            LinkCounts.Reason.allCases.map { ("reason=\"\($0.rawValue)\"", link[$0]) },
            type: "counter"
        )
        text += Self.family(
            "holdfast_audit_unvouched",
            "1 while the audit log is not what it was at the last look, or its head cannot be kept.",
            [("", anchoring.isTroubled ? 1 : 0)]
        )
        if let billing = try? await store.billingFigures(environment, now: SystemClock.now()) {
            text += Self.billing(billing)
        }
        guard let fleet = try? await store.fleet(silenceLimit: silenceLimit, now: SystemClock.now()) else {
            return text
        }
        text += Self.fleet(fleet)
        guard let figures = try? await store.fleetFigures() else { return text }
        text += Self.work(figures)
        guard let buckets = try? await store.bucketFigures() else { return text }
        return text
            + Self.family(
                "holdfast_buckets",
                "Buckets of subscriptions.",
                buckets.byState.sorted { $0.key < $1.key }.map { ("state=\"\($0.key)\"", $0.value) }
            )
            + Self.family(
                "holdfast_buckets_failing",
                "Buckets that the object store would not make or delete at the last attempt.",
                [("", buckets.failing)]
            )
    }

    private static func billing(_ figures: BillingFigures) -> String {
        func perStore(_ value: (PaymentProvider) -> Int) -> [(String, Int)] {
            PaymentProvider.allCases.map { ("store=\"\($0)\"", value($0)) }
        }
        return family(
            "holdfast_webhooks_waiting",
            "Events that were accepted and not carried out yet.",
            perStore { figures.inboxes[$0]?.waiting ?? 0 }
        )
            + family(
                "holdfast_webhook_lag_seconds",
                "How long ago the oldest of them was accepted.",
                perStore { Int((figures.inboxes[$0]?.lag ?? .zero) / .seconds(1)) }
            )
            + family(
                "holdfast_webhooks_parked",
                "Events that were set aside for a person.",
                perStore { figures.inboxes[$0]?.parked ?? 0 }
            )
            + family(
                "holdfast_purchases_unacknowledged",
                "Purchases of which the store was not told for 48 hours; it gives the money back after 72.",
                perStore { figures.unacknowledged[$0] ?? 0 }
            )
            + family(
                "holdfast_reconciliation_lag_seconds",
                "How long the subscription has waited that the store is to be asked about first.",
                perStore { Int((figures.reconciliationLag[$0] ?? .zero) / .seconds(1)) }
            )
            + family(
                "holdfast_subscriptions_unusable",
                "Subscriptions that were paid for over an hour, and cannot be used, by what is missing.",
                [
                    ("reason=\"tier\"", figures.unusable.withoutTier),
                    ("reason=\"peers\"", figures.unusable.withoutPeers),
                ]
            )
            + family(
                "holdfast_subscriptions_unpaid_in_use",
                "Subscriptions without access for over an hour whose peers are still on nodes.",
                [("", figures.unpaidInUse)]
            )
            + family(
                "holdfast_subscriptions_product_problems",
                "Subscriptions with access of which some product is not in the settings, or not of one mind with them.",
                perStore { figures.productProblems[$0] ?? 0 }
            )
            + family(
                "holdfast_test_purchases",
                "Purchases of the providers' test worlds that have access in production.",
                perStore { figures.testPurchases[$0] ?? 0 }
            )
            + family("holdfast_peers_frozen", "Peers kept without access.", [("", figures.frozenPeers)])
            + family(
                "holdfast_subscriptions_due",
                "Subscriptions whose peers are to be looked at.",
                [("", figures.subscriptionsDue)]
            )
    }

    private static func work(_ figures: FleetFigures) -> String {
        func labelled(_ label: String, _ counts: [String: Int]) -> [(String, Int)] {
            counts.sorted { $0.key < $1.key }.map { ("\(label)=\"\($0.key)\"", $0.value) }
        }
        return family("holdfast_nodes_by_health", "Nodes by health.", labelled("health", figures.nodesByHealth))
            + family(
                "holdfast_operations",
                "Drains, replacements and rollbacks that are not over.",
                labelled("state", figures.operationsByState)
            )
            + family("holdfast_peers_unplaced", "Peers without a place to go to.", [("", figures.unplacedPeers)])
            + family(
                "holdfast_nodes_closed",
                "Nodes that take no new peers, by each reason that holds.",
                FleetFigures.closedReasons.map { ("reason=\"\($0)\"", figures.closedNodes[$0] ?? 0) }
            )
            + family(
                "holdfast_peers_stuck",
                "Peers that wait to be installed on nodes which do not do their work.",
                [("", figures.stuckPeers)]
            )
            + family(
                "holdfast_node_state_disk_free_bytes_min",
                "Free bytes of the node's state disk that has the fewest.",
                figures.leastStateDiskFreeBytes.map { [("", $0)] } ?? []
            )
            + family("holdfast_peers_moving", "Peers being installed on a new node.", [("", figures.movingPeers)])
            + family("holdfast_peers_lingering", "Moved peers that old nodes keep.", [("", figures.lingeringPeers)])
            + family(
                "holdfast_capacity_requests",
                "Nodes asked for or proposed.",
                labelled("state", figures.capacityRequestsByState)
            )
            + family(
                "holdfast_mass_failure",
                "1 while so many nodes are silent that nobody is moved.",
                [("", figures.isBraked ? 1 : 0)]
            )
            + family(
                "holdfast_rollouts_halted",
                "Rollouts that wait for a person.",
                [("", figures.haltedRollouts)]
            )
    }

    private static func fleet(_ view: FleetView) -> String {
        let regions = Dictionary(grouping: view.nodes, by: \.region).sorted { $0.key < $1.key }
        func perRegion(_ count: ([FleetNode]) -> Int) -> [(String, Int)] {
            regions.map { ("region=\"\($0.key)\"", count($0.value)) }
        }
        return family("holdfast_nodes", "Nodes that are not retired.", perRegion(\.count))
            + family(
                "holdfast_nodes_healthy",
                "Nodes heard lately.",
                perRegion { $0.count(where: \.isHealthy) }
            )
            + family(
                "holdfast_peers",
                "Peers placed on nodes.",
                perRegion { $0.reduce(0) { $0 + $1.peerCount } }
            )
            + family(
                "holdfast_peer_capacity",
                "Peers that the nodes may have.",
                perRegion { $0.reduce(0) { $0 + $1.capacity } }
            )
    }

    private static func family(
        _ name: String,
        _ help: String,
        _ samples: [(labels: String, value: Int)],
        type: String = "gauge"
    ) -> String {
        let lines = samples.map { sample in
            sample.labels.isEmpty ? "\(name) \(sample.value)\n" : "\(name){\(sample.labels)} \(sample.value)\n"
        }
        return "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" + lines.joined()
    }
}
