import DaemonRuntime
import Glibc
import Logging
import Model
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// Hands the version that the coordinator wants to the unit that installs it: the agent itself may not.
    func noteDesiredVersion(_ desired: String?) {
        let action = upgradeRequest.decide(desired, at: MonotonicClock.now())
        guard let path = configuration.upgradeRequestFile else { return }
        switch action {
        case .nothing: break
        case .ask(let version):
            logger.notice("the coordinator wants another version", metadata: ["version": "\(version)"])
            do throws(DurableFileError) {
                try DurableFile.write(Array("\(version)\n".utf8), to: path, mode: 0o644)
            } catch {
                logger.error("the version could not be asked for", metadata: ["reason": "\(error)"])
            }
        case .reject:
            // Its words are no version, and may be anything: they stay out of the log.
            logger.error("the coordinator wants a version that cannot be one")
            unlink(path)
        case .withdraw: unlink(path)
        }
    }
}
