import Billing
import Logging
import Model
import Store

/// Tells an operator of products that the settings do not have, and lets subscriptions follow settings that were mended.
///
/// A problem is logged when it comes up and once an hour while it lasts, however many events bring it.
struct BillingWatch: Sendable {
    let store: Store
    let catalogue: TierCatalogue
    let environment: BillingEnvironment
    let tierNames: [String]
    let logger: Logger
    let now: @Sendable () -> Timestamp

    private static let interval: Duration = .seconds(10)

    /// Until the task is cancelled.
    func run() async {
        var (memory, hasFollowed) = (ProblemMemory(), false)
        repeat {
            do {
                if !hasFollowed { try await follow() }
                hasFollowed = true
                for problem in memory.due(of: try await store.productProblems(), now: now()) {
                    logger.error(
                        "subscriptions have products that the settings do not explain",
                        metadata: [
                            "store": "\(problem.provider)", "reason": "\(problem.text)", "count": "\(problem.count)",
                        ]
                    )
                }
            } catch {
                logger.warning("the products' problems cannot be read", metadata: ["reason": "\(error)"])
            }
        } while (try? await Task.sleep(for: Self.interval)) != nil
    }

    private func follow() async throws {
        let count = try await store.follow(catalogue, environment, tierNames: tierNames, now: now())
        guard count > 0 else { return }
        logger.notice("subscriptions follow the settings' products", metadata: ["count": "\(count)"])
    }
}
