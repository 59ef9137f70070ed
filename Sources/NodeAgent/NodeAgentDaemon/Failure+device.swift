import DaemonRuntime
import WireGuardDevice

extension Failure {
    init(_ error: DeviceError, _ configuration: AgentConfiguration) {
        let message = error.sentence(interface: configuration.interface)
        switch error {
        case .wireGuardUnavailable, .notWireGuard: self.init(.configuration, message)
        case .notPermitted: self.init(.notPermitted, message)
        case .interfaceMissing, .portInUse, .address, .netlink: self.init(.operatingSystem, message)
        }
    }
}

extension DeviceError {
    func sentence(interface: InterfaceName) -> String {
        switch self {
        case .wireGuardUnavailable:
            "this kernel has no WireGuard (module `wireguard`): load or install it, or use a kernel that has it"
        case .notWireGuard(let name, let kind):
            "the interface \(name) exists and is no WireGuard interface (\(kind ?? "unknown kind")): "
                + "choose another `device.interface`, or remove that one"
        case .interfaceMissing: "the interface \(interface) is gone"
        case .notPermitted: "network interfaces may not be changed: run as root, or with CAP_NET_ADMIN"
        case .portInUse(let port): "another program has UDP port \(port): free it, or choose another `node.listen_port`"
        case .address(let prefix, let error): "the interface \(interface) does not take the address \(prefix): \(error)"
        case .netlink(let error): "the kernel did not answer as it should: \(error)"
        }
    }

    /// Whether trying again without a person's help is pointless.
    var isFinal: Bool {
        switch self {
        case .wireGuardUnavailable, .notWireGuard, .notPermitted: true
        case .interfaceMissing, .portInUse, .address, .netlink: false
        }
    }
}

extension Refusal.Reason {
    var sentence: String {
        switch self {
        case .kernel(let code, let text): text ?? "error \(code) of the kernel"
        case .ownKey: "the key is the node's own"
        case .tooLong(let count): "its allowed-ips take \(count) bytes"
        }
    }
}
