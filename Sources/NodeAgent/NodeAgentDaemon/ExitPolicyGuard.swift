import Assessment
import DaemonRuntime
import NFTables
import Netlink
import WireGuardDevice

/// Sees to it that the kernel has the exit policy as it was loaded, and that no other table drops the tunnel's packets.
/// For one thread.
final class ExitPolicyGuard {
    /// What a look led to.
    enum Outcome: Hashable {
        case nothing
        /// Somebody loaded the policy anew, from a changed file for example.
        case loadedElsewhere
        /// The policy was gone or altered, and is back.
        case repaired(by: String?)
        /// It could not be put back.
        case failed(String)
    }

    /// A load that failed is tried again so often, and at once when the packet filter changes.
    private static let retry = Duration.seconds(10)

    /// Reads settings and file anew: an operator may have changed them.
    private let loader: () throws(Failure) -> ExitPolicyLoader
    private let interface: String
    private let trustedTables: Set<String>
    private let mode: AgentConfiguration.ExitGuard
    private var reader: RulesetReader
    private var watch: RulesetWatch
    private let table = TableName(.inet, ExitPolicy.table)
    /// What the last load made; nil before the first.
    private var loaded: TableImage?
    /// The generation at the last look.
    private var generation: UInt32?
    private var retryAt: Duration?
    private(set) var state = Observation.ExitPolicy.missing(nil)
    private(set) var closedChains: [String] = []

    init(
        _ configuration: AgentConfiguration,
        loader: @escaping () throws(Failure) -> ExitPolicyLoader
    ) throws(NetlinkError) {
        let reader = try RulesetReader()
        let watch = try RulesetWatch()
        self.loader = loader
        interface = configuration.interface.description
        trustedTables = configuration.trustedTables
        mode = configuration.exitGuard
        self.reader = reader
        self.watch = watch
    }

    var descriptor: Int32 { watch.descriptor }

    /// Whether the packet filter has announced a change.
    func hasEvents() -> Bool { watch.drain() }

    /// - Parameter mayRepair: false while it is too soon after the last repair.
    func look(at now: Duration, mayRepair: Bool) -> Outcome {
        do throws(NetlinkError) {
            let present = try reader.generation()
            let isRetry = retryAt.map { now >= $0 } ?? false
            guard present != generation || isRetry else { return .nothing }
            let ruleset = try read()
            guard let loaded, ruleset.image == loaded else {
                return try differs(ruleset, at: now, mayRepair: mayRepair)
            }
            accept(ruleset, loaded)
            return .nothing
        } catch {
            generation = nil
            state = .unreadable("\(error)")
            return .nothing
        }
    }

    private func differs(_ ruleset: Ruleset, at now: Duration, mayRepair: Bool) throws(NetlinkError) -> Outcome {
        let isMissing = ruleset.image == nil
        guard mode == .repair else {
            // What is there when the agent starts, or where there was nothing, is what somebody loaded.
            if let image = ruleset.image, loaded == nil {
                accept(ruleset, image)
                return .loadedElsewhere
            }
            generation = ruleset.generation
            state = isMissing ? .missing(nil) : .altered(nil)
            return .nothing
        }
        guard mayRepair else {
            // Looked at again at the next turn.
            generation = nil
            state = isMissing ? .missing(nil) : .altered(nil)
            return .nothing
        }
        let author = watch.lastAuthor
        do throws(Failure) {
            try loader().load()
        } catch {
            // What is there now, such as the closed tunnel, is our own doing.
            generation = try read().generation
            _ = watch.drain()
            retryAt = now + Self.retry
            state = isMissing ? .missing(error.message) : .altered(error.message)
            return .failed(error.message)
        }
        let after = try read()
        let isFirst = loaded == nil
        guard let image = after.image else {
            generation = nil
            state = .missing(nil)
            return .nothing
        }
        accept(after, image)
        guard after.image != ruleset.image else { return isFirst ? .nothing : .loadedElsewhere }
        return .repaired(by: isFirst ? nil : author)
    }

    private func read() throws(NetlinkError) -> Ruleset {
        let ruleset = try reader.read(table, interface: interface)
        closedChains = ruleset.closedChains.filter { !trustedTables.contains($0.table.description) }
            .map(\.description)
        return ruleset
    }

    private func accept(_ ruleset: Ruleset, _ image: TableImage) {
        loaded = image
        generation = ruleset.generation
        retryAt = nil
        state = .inForce
    }
}
