import LinkProtocol
import Model

/// A node with its misfortunes.
struct SimulatedMachine {
    enum Power: Hashable {
        case on
        /// The agent is not running, the tunnels are: until then.
        case agentDown(until: Duration)
        /// Nothing is running.
        case off(until: Duration)
    }

    var agent: SimulatedAgent
    var link: SimulatedLink?
    var power = Power.on
    /// Packets to and from the coordinators are dropped until then.
    var cutOff: Duration = .zero
    var dialsAt: Duration = .zero
    /// The longest that a message takes.
    var latency: Duration = .milliseconds(50)
    /// Whether its disk was replaced: what it held before is nobody's promise.
    var hasLostDisk = false
}
