import Foundation
import LabSupport

/// A site whose node compares its peers so seldom that only its watch can have put something right.
enum GuardSite {
    /// A second, and what a slow machine takes to ask.
    static let limit = Duration.milliseconds(2500)

    static func with(
        prepare: @escaping @Sendable (Node) throws -> Void = { _ in },
        _ scenario: @escaping @Sendable (Site) throws -> Void
    ) async throws {
        try await Site.with(
            prepare: { node in
                node.agent.environment["HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS"] = "3600000"
                try prepare(node)
            },
            { site in
                try site.node.agent.wait(for: "no condition") { $0.conditionDetails.isEmpty }
                try scenario(site)
            }
        )
    }
}

extension Site {
    /// - Returns: what the node says of this kind, once it says something.
    func waitForCondition(_ kind: String, within limit: Duration = .seconds(5)) throws -> String {
        var detail = ""
        try node.agent.wait(for: "the condition \(kind)", within: limit) { status in
            detail = status.conditionDetails[kind] ?? ""
            return !detail.isEmpty
        }
        return detail
    }

    func waitForNoCondition(within limit: Duration = .seconds(10)) throws {
        try node.agent.wait(for: "no condition", within: limit) { $0.conditionDetails.isEmpty }
    }

    /// `check`, the status and the metrics tell one story.
    func requireOneStory(_ kind: String, subject: String) throws {
        let checked = try node.agent.check()
        try require(checked.status == 1 && checked.output.contains("FAILED  \(subject)"), "check: \(checked.output)")
        let status = try node.agent.statusCommand()
        try require(status.output.contains("NONE TAKEN") && status.output.contains(kind), "status: \(status.output)")
        try wait(for: "the metric of \(kind)", within: .seconds(20)) {
            let metrics = (try? String(contentsOfFile: metricsPath, encoding: .utf8)) ?? ""
            return metrics.contains("holdfast_agent_condition{kind=\"\(kind)\"} 1")
        }
    }

    var metricsPath: String { node.agent.stateDirectory + ".prom" }

    func repairs(_ part: String) throws -> UInt64 { try node.agent.status().repairs[part] ?? 0 }
}
