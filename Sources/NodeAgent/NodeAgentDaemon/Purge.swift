import CoordinatorLink
import DaemonRuntime
import Glibc
import Model
import WireGuardDevice

/// Erasing a node: the interface first, so that a failure leaves what is needed to try again.
struct Purge {
    private let directory: StateDirectory
    private let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
        directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
    }

    /// - Returns: what was there and is no more.
    func perform() throws(Failure) -> [String] {
        var removed: [String] = []
        if FileAccess.exists(directory.path) {
            do throws(Failure) {
                try directory.lock()
            } catch {
                guard error.status == .temporaryFailure else { throw error }
                throw Failure(.temporaryFailure, "the agent is running: stop it first (systemctl stop holdfast-agent)")
            }
        }
        if let interface = try interface() {
            if try remove(interface) { removed.append("the interface \(interface)") }
            if try removePolicy() { removed.append("the exit policy (table inet \(ExitPolicy.table))") }
            if try stopForwarding(besides: interface) { removed.append("the forwarding that Holdfast had turned on") }
        }
        removed += try removeFiles()
        return removed
    }

    /// As `run` would name it; a node that was never enrolled has none.
    private func interface() throws(Failure) -> InterfaceName? {
        guard settings[AgentSettings.deviceKind] == AgentConfiguration.DeviceKind.kernel.rawValue else { return nil }
        if let named = InterfaceName(settings[AgentSettings.interface]) { return named }
        guard directory.record.exists else { return nil }
        do throws(Failure) {
            let record = try directory.nodeRecord()
            return try Failure.wrapping(Failure.init) { () throws(SettingsError) in
                try AgentConfiguration(settings, record).interface
            }
        } catch {
            throw Failure(
                error.status,
                "nothing was removed, since it is not known which interface is the node's: \(error.message); "
                    + "mend that, or name the interface in `device.interface` (HOLDFAST_DEVICE_INTERFACE)"
            )
        }
    }

    private func remove(_ interface: InterfaceName) throws(Failure) -> Bool {
        do throws(DeviceError) {
            return try InterfaceRemoval.remove(interface)
        } catch {
            switch error {
            // Nothing of ours can be there.
            case .wireGuardUnavailable, .interfaceMissing, .notWireGuard: return false
            default: throw Failure(.notPermitted, error.sentence(interface: interface))
            }
        }
    }

    /// After the tunnel: no peer is ever without its policy. Without nft there can be none of ours.
    private func removePolicy() throws(Failure) -> Bool {
        let filter = PacketFilter()
        guard FileAccess.exists(filter.program), try filter.has(table: ExitPolicy.table) else { return false }
        try filter.apply(ExitPolicy.removal, what: "the exit policy cannot be taken away")
        return true
    }

    /// Makes a host that was no router before one no more, unless something that came since may need it.
    private func stopForwarding(besides tunnel: InterfaceName) throws(Failure) -> Bool {
        let memory = ForwardingMemory(directory: settings[AgentSettings.exitStateDirectory])
        guard let before = memory.recall() else { return false }
        let known = Set(before.interfaces + [tunnel.description, "lo"])
        let later = try memory.forwarding.interfaces().filter { name in
            !known.contains(name) && !FileAccess.exists("/sys/class/net/\(name)/device")
        }
        guard later.isEmpty else {
            StandardError.write("forwarding stays on, since it may be needed for: \(later.joined(separator: " "))")
            memory.forget()
            return false
        }
        try memory.forwarding.restore(before)
        memory.forget()
        return !before.ipv4 || !before.ipv6
    }

    /// Our own files, and only those: an operator may have put others beside them.
    private func removeFiles() throws(Failure) -> [String] {
        var removed: [String] = []
        for name in directory.ownFiles() {
            let path = directory.path + "/" + name
            guard unlink(path) == 0 else {
                if errno == ENOENT { continue }
                throw Failure(call: "remove", path)
            }
            removed.append(path)
        }
        if rmdir(directory.path) == 0 { removed.append(directory.path) }
        for path in [settings[AgentSettings.statusSocket], settings[AgentSettings.metricsFile]]
        where !path.isEmpty && unlink(path) == 0 { removed.append(path) }
        return removed
    }
}

extension StateDirectory {
    /// The names of what the agent keeps here, with moved-away tables and half-written files; keys first.
    func ownFiles() -> [String] {
        let keys = ["identity.pem", "enrolment-key.pem", "wireguard.key", "node.conf"]
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let isTemporary = name.hasPrefix(".") && name.hasSuffix(".tmp")
            if name.hasPrefix("table.db") || name == "lock" || isTemporary { names.append(name) }
        }
        return keys.filter { FileAccess.exists(path + "/" + $0) } + names.sorted()
    }
}
