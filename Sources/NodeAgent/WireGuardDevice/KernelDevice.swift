import Model
import Netlink
import Reconciliation

/// The kernel's WireGuard interface. It never removes the interface, and a peer only when a plan says so.
public struct KernelDevice: ~Copyable, TunnelDevice {
    private var route: RouteConnection
    private var wireGuard: WireGuardConnection
    private var watch: LinkWatch
    private var interface: Interface?
    public private(set) var trouble: DeviceError?
    public private(set) var repairs: [InterfaceRepair] = []
    public private(set) var lacksIPv6 = false

    /// What `prepare` found out.
    private struct Interface {
        let name: InterfaceName
        let index: UInt32
        let publicKey: PublicKey?
    }

    /// - Parameter name: the interface to watch; it need not exist yet.
    public init(_ name: InterfaceName) throws(DeviceError) {
        try self.init(name, familyName: WireGuardProtocol.familyName)
    }

    init(_ name: InterfaceName, familyName: String) throws(DeviceError) {
        let wireGuard = try WireGuardConnection(familyName: familyName)
        let route = try RouteConnection()
        let watch = try LinkWatch(name)
        self.wireGuard = wireGuard
        self.route = route
        self.watch = watch
    }

    public var interfaceIndex: UInt32? { interface?.index }
    public var publicKey: PublicKey? { interface?.publicKey }

    public mutating func prepare(_ configuration: DeviceConfiguration) throws(DeviceError) -> Bool {
        repairs = []
        let (link, isCreated) = try findOrCreate(configuration.name)
        guard link.kind == RouteProtocol.wireGuardKind else {
            throw .notWireGuard(configuration.name, kind: link.kind)
        }
        let addresses = configuration.network.interfaceAddresses
        watch.follow(index: link.index, networks: addresses.map(\.masked))
        do throws(NetlinkError) {
            try setKeyAndPort(configuration, index: link.index)
            if link.mtu != UInt32(configuration.network.mtu) {
                try route.set(mtu: configuration.network.mtu, index: link.index)
                repairs.append(.mtu(link.mtu))
            }
        } catch {
            throw Self.error(error, port: configuration.listenPort)
        }
        trouble = try addAddresses(addresses, index: link.index)
        do throws(NetlinkError) {
            if !link.isUp {
                try route.setUp(index: link.index)
                repairs.append(.down)
            }
            let head = try wireGuard.head(index: link.index)
            let isNew = isCreated || interface.map { $0.index != link.index } ?? false
            interface = Interface(name: configuration.name, index: link.index, publicKey: head.publicKey)
            return isNew
        } catch {
            throw Self.error(error, port: configuration.listenPort)
        }
    }

    public mutating func readPeers(handshakesOf keys: Set<PublicKey>) throws(DeviceError) -> PeerReading {
        let index = try present().index
        do throws(NetlinkError) {
            return try wireGuard.peers(index: index, handshakesOf: keys)
        } catch {
            throw DeviceError(error)
        }
    }

    public mutating func apply(_ plan: Plan) throws(DeviceError) -> ApplyReport {
        let interface = try present()
        var report = ApplyReport()
        var changes = plan.changes
        if let ownKey = interface.publicKey {
            let count = changes.count
            changes.removeAll { if case .set = $0 { $0.publicKey == ownKey } else { false } }
            if changes.count < count { report.refusals.append(Refusal(publicKey: ownKey, reason: .ownKey)) }
        }
        do throws(NetlinkError) {
            try wireGuard.apply(changes, index: interface.index, report: &report)
        } catch {
            throw DeviceError(error)
        }
        return report
    }

    public mutating func statistics(now: Timestamp) throws(DeviceError) -> DeviceStatistics {
        let interface = try present()
        do throws(NetlinkError) {
            guard let link = try route.link(interface.name), link.index == interface.index else {
                throw NetlinkError.refused(errno: KernelCode.noSuchDevice, text: nil)
            }
            let since = (now - DeviceStatistics.handshakeWindow).seconds
            let count = try wireGuard.handshakes(since: since, index: interface.index)
            return DeviceStatistics(link: link, count: count)
        } catch {
            throw DeviceError(error)
        }
    }

    public var eventDescriptor: Int32? { watch.descriptor }

    public mutating func drainEvents() -> [LinkEvent] { watch.drain() }

    private func present() throws(DeviceError) -> Interface {
        guard let interface else { throw .interfaceMissing }
        return interface
    }
}

extension KernelDevice {
    private mutating func findOrCreate(
        _ name: InterfaceName
    ) throws(DeviceError) -> (link: LinkMessage, isCreated: Bool) {
        do throws(NetlinkError) {
            if let link = try route.link(name) { return (link, false) }
            let isCreated = try route.create(name)
            if let link = try route.link(name) { return (link, isCreated) }
        } catch {
            // The family is there, but not the kind of link: the module is half gone, or kept out by policy.
            if case .refused(KernelCode.notSupported, _) = error { throw .wireGuardUnavailable }
            throw DeviceError(error)
        }
        throw .interfaceMissing
    }

    private mutating func setKeyAndPort(_ wanted: DeviceConfiguration, index: UInt32) throws(NetlinkError) {
        let head = try wireGuard.head(index: index)
        let key = wanted.privateKey.flatMap { head.has(privateKey: $0) ? nil : $0 }
        let port = head.listenPort == wanted.listenPort ? nil : wanted.listenPort
        guard key != nil || port != nil else { return }
        try wireGuard.set(privateKey: key, listenPort: port, index: index)
        if key != nil { repairs.append(.privateKey) }
        if port != nil { repairs.append(.listenPort(head.listenPort)) }
    }

    /// Adds what is missing. Addresses that somebody else gave the interface stay.
    ///
    /// - Returns: what the kernel would not add. That a host without IPv6 takes no address of it is no trouble: the
    ///   peers have IPv4.
    private mutating func addAddresses(_ wanted: [IPPrefix], index: UInt32) throws(DeviceError) -> DeviceError? {
        let present: Set<IPPrefix>
        do throws(NetlinkError) {
            present = try route.addresses(index: index)
        } catch {
            throw DeviceError(error)
        }
        var trouble: DeviceError?
        lacksIPv6 = false
        for prefix in wanted where !present.contains(prefix) {
            do throws(NetlinkError) {
                try route.add(prefix, index: index)
                repairs.append(.address(prefix))
            } catch {
                if DeviceError(error) == .interfaceMissing { throw .interfaceMissing }
                if Self.meansNoIPv6(error, prefix) {
                    lacksIPv6 = true
                } else {
                    trouble = trouble ?? .address(prefix, error)
                }
            }
        }
        return trouble
    }

    /// `EACCES` where IPv6 is turned off (`disable_ipv6`), `EOPNOTSUPP` where the kernel has none (`ipv6.disable=1`).
    private static func meansNoIPv6(_ error: NetlinkError, _ prefix: IPPrefix) -> Bool {
        guard case .v6 = prefix.address, case .refused(let code, _) = error else { return false }
        return code == KernelCode.accessDenied || code == KernelCode.notSupported
    }

    private static func error(_ error: NetlinkError, port: UInt16) -> DeviceError {
        if case .refused(KernelCode.addressInUse, _) = error { return .portInUse(port) }
        return DeviceError(error)
    }
}

extension DeviceStatistics {
    init(link: LinkMessage, count: HandshakeCount) {
        receivedPackets = link.totals[0]
        sentPackets = link.totals[1]
        receivedBytes = link.totals[2]
        sentBytes = link.totals[3]
        peers = count.peers
        peersWithRecentHandshake = count.recent
    }
}
