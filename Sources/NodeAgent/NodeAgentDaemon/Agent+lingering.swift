import LinkProtocol
import Logging
import Model
import PeerTable
import Reconciliation
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// Lets go of the peers that have moved away and been silent for long enough, with what the comparison just read.
    ///
    /// Durable first, then the kernel, as for any change; but no revision and no acknowledgement, since nobody asked.
    func letGoOfTheSilent(at now: Duration) throws(Failure) {
        let silent = lingerWatch.observe(table.lingering, handshakes: keeper.lingeringHandshakes, at: now)
        guard !silent.isEmpty else { return }
        let change: TableChange
        do throws(TableError) {
            change = try table.letGo(of: silent)
        } catch {
            // They linger on until the disk takes it.
            guard error.isPassing else { throw Failure(error) }
            if error != tableTrouble {
                logger.error("the peer table cannot be written", metadata: ["reason": "\(error)"])
            }
            tableTrouble = error
            return
        }
        if tableTrouble != nil { logger.notice("the peer table can be written again") }
        tableTrouble = nil
        logger.info("let go of peers that moved away", metadata: ["peers": "\(change.removals.count)"])
        do throws(DeviceError) {
            _ = try keeper.program(change)
        } catch {
            // The next comparison removes them: they are not in the table.
            try deviceFailed(error)
        }
    }
}
