import Model
import Netlink
import Reconciliation

/// Gets batches accepted. The kernel stops at the first peer that it refuses and does not say which it was, so a
/// refused batch is halved until the refused peer stands alone; repeating what was done already is harmless.
enum BatchDelivery {
    /// - Parameter send: sends some changes and returns how many messages that took.
    static func deliver(
        _ batch: ArraySlice<Change>,
        report: inout ApplyReport,
        send: (ArraySlice<Change>) throws(NetlinkError) -> Int
    ) throws(NetlinkError) {
        guard !batch.isEmpty else { return }
        do throws(NetlinkError) {
            report.messagesSent += try send(batch)
            for change in batch {
                switch change {
                case .remove: report.peersRemoved += 1
                case .set: report.peersSet += 1
                }
            }
        } catch {
            guard let reason = reason(error) else { throw error }
            report.messagesSent += 1
            if batch.count == 1, let change = batch.first {
                report.refusals.append(Refusal(publicKey: change.publicKey, reason: reason))
                return
            }
            let middle = batch.startIndex + batch.count / 2
            try deliver(batch[..<middle], report: &report, send: send)
            try deliver(batch[middle...], report: &report, send: send)
        }
    }

    /// Why a peer was refused; nil for what concerns the device or the socket, and would hit every peer.
    private static func reason(_ error: NetlinkError) -> Refusal.Reason? {
        switch error {
        case .refused(KernelCode.noSuchDevice, _), .refused(KernelCode.notPermitted, _),
            .refused(KernelCode.accessDenied, _), .refused(KernelCode.notSupported, _),
            .refused(KernelCode.busy, _):
            nil
        case .refused(let errno, let text): .kernel(errno: errno, text: text)
        case .requestTooLong(let byteCount): .tooLong(byteCount: byteCount)
        default: nil
        }
    }
}
