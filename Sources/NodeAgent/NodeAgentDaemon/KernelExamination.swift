import Glibc
import Model
import WireGuardDevice

/// What `check` asks the kernel.
enum KernelExamination {
    /// Whether there is WireGuard at all.
    static func wireGuard() -> Finding {
        do throws(DeviceError) {
            _ = try InterfaceView.of(InterfaceName("lo")!)
            return .passed("kernel", "WireGuard is there")
        } catch {
            switch error {
            case .wireGuardUnavailable:
                return .failed(
                    "kernel",
                    "no WireGuard",
                    remedy: "modprobe wireguard; where that fails, run Debian's own kernel"
                )
            case .notPermitted: return .warning("kernel", "may not be asked", remedy: "run this as root")
            default: return .failed("kernel", "\(error)", remedy: "look into the kernel's log (dmesg)")
            }
        }
    }

    static func interface(_ configuration: AgentConfiguration, ownKey: PublicKey?) -> Finding {
        let name = configuration.interface
        let subject = "interface \(name)"
        guard configuration.deviceKind == .kernel else {
            return .warning(subject, "simulated", remedy: "set `device.kind` to kernel: no packet passes")
        }
        let view: InterfaceView?
        do throws(DeviceError) {
            view = try InterfaceView.of(name)
        } catch {
            return .failed(subject, error.sentence(interface: name), remedy: "see above")
        }
        guard let view else {
            return .failed(
                subject,
                "it is not there",
                remedy: "start the agent, which makes it: systemctl start holdfast-agent"
            )
        }
        guard let port = view.listenPort else {
            let kind = view.kind ?? "unknown kind"
            return .failed(
                subject,
                "it is no WireGuard interface (\(kind))",
                remedy: "remove it, or set `device.interface`"
            )
        }
        guard view.publicKey == ownKey, port == configuration.listenPort, view.isUp else {
            let what =
                view.publicKey != ownKey
                ? "its key is not this node's" : view.isUp ? "it has UDP port \(port)" : "it is down"
            return .failed(
                subject,
                what,
                remedy: "start the agent, which puts it right: systemctl start holdfast-agent"
            )
        }
        return .passed(subject, "up, UDP port \(port)")
    }
}
