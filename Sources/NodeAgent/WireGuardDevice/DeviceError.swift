import Model
import Netlink

/// Why the device could not be made, read or changed as a whole. A single refused peer is not an error: see
/// ``ApplyReport/refusals``.
public enum DeviceError: Error, Hashable, Sendable {
    /// The kernel has no WireGuard, and could not load its module.
    case wireGuardUnavailable
    /// Another interface has the configured name. It is left alone.
    case notWireGuard(InterfaceName, kind: String?)
    /// The interface is gone, or `prepare` was never called: call it, and fill the device again.
    case interfaceMissing
    /// The process lacks CAP_NET_ADMIN.
    case notPermitted
    /// Another program has the UDP port.
    case portInUse(UInt16)
    /// An address cannot be given to the interface.
    case address(IPPrefix, NetlinkError)
    case netlink(NetlinkError)

    init(_ error: NetlinkError) {
        switch error {
        // Of netlink's families, only WireGuard's answers so: there is none of its number.
        case .refused(KernelCode.noSuchEntry, _): self = .wireGuardUnavailable
        case .refused(KernelCode.noSuchDevice, _): self = .interfaceMissing
        case .refused(KernelCode.notPermitted, _), .refused(KernelCode.accessDenied, _): self = .notPermitted
        default: self = .netlink(error)
        }
    }

    static func wrapping<Result: ~Copyable>(
        _ body: () throws(NetlinkError) -> Result
    ) throws(DeviceError) -> Result {
        do throws(NetlinkError) {
            return try body()
        } catch {
            throw DeviceError(error)
        }
    }
}
