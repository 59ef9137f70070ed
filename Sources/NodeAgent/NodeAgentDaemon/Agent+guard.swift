import Assessment
import CoordinatorLink
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import PeerTable
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// Looks at the interface and around it when something was announced, and once a second; what is the agent's own is
    /// put right, counted and told.
    func keepWatch() throws(Failure) {
        let now = MonotonicClock.now()
        let events = keeper.events()
        if !events.isEmpty { guardDue = now }
        if events.contains(where: { $0 != .configured }) { routesChanged = true }
        if host.hasEvents() { guardDue = now }
        // Events come in swarms, and repairs cause some: no look sooner than the repairs' pause after the last.
        guard isReady, now >= max(guardDue, lastLook + RepairHistory.pause) else { return }
        lastLook = now
        guardDue = now + HostGuard.interval
        tendInterface(at: now)
        tellRepairs(at: now)
        for event in host.look(at: now, tunnel, routesChanged: routesChanged, history) { tell(event, at: now) }
        routesChanged = false
        for (part, count) in history.overdue(at: now) {
            logger.warning(
                "put right what another hand had changed",
                metadata: ["what": "\(part.words)", "times": "\(count)"]
            )
        }
        try probeTable(at: now)
        judge(at: now)
    }

    var tunnel: HostGuard.Tunnel {
        HostGuard.Tunnel(index: keeper.interfaceIndex, addresses: keeper.network.interfaceAddresses)
    }

    private func tendInterface(at now: Duration) {
        guard history.mayRepair(.interface, at: now), history.mayRepair(.addresses, at: now) else { return }
        do throws(DeviceError) {
            let isNew = try keeper.tend()
            // What a comparison of the peers found wrong, only a comparison finds well again.
            if keeper.isInStep || keeper.trouble != nil { noteDevice(trouble: keeper.trouble) }
            if isNew || hasTendingFailed { schedule.interfaceChanged(at: now) }
            hasTendingFailed = false
        } catch {
            noteDevice(trouble: error)
            hasTendingFailed = true
        }
    }

    private func tellRepairs(at now: Duration) {
        for (part, repairs) in keeper.takeRepairs().byPart {
            // The addresses' routes come and go with them.
            routesChanged = true
            let what = repairs.map(\.description).joined(separator: ", ")
            tell(.repaired(HostGuard.Repair(part: part, what: what, author: nil)), at: now)
        }
    }

    private func tell(_ event: HostGuard.Event, at now: Duration) {
        switch event {
        case .repaired(let repair):
            guard let report = history.note(repair.part, by: repair.author, at: now) else { return }
            var metadata: Logger.Metadata = [
                "what": "\(repair.part.words)", "was": "\(repair.what)", "times": "\(report.count)",
            ]
            if let author = repair.author { metadata["by"] = "\(author)" }
            logger.warning("put right what another hand had changed", metadata: metadata)
            if report.isFightNow {
                logger.error("another program changes what is the agent's own, again and again", metadata: metadata)
            }
        case .policyLoaded: logger.notice("the exit policy was loaded anew")
        case .failed(let part, let reason):
            guard guardFailures[part] != reason else { return }
            guardFailures[part] = reason
            logger.error("\(part.words) cannot be put right", metadata: ["reason": "\(reason)"])
        }
    }

    /// Without a change to store, nothing else would find out that the disk can be written again; and a node whose table
    /// is in trouble gets no change, since no new peer is placed there.
    private func probeTable(at now: Duration) throws(Failure) {
        guard tableTrouble != nil || table.copiedFrom != nil, now >= probeDue else { return }
        probeDue = now + .seconds(5)
        if table.copiedFrom != nil { return try endWhereDiskIsWritable() }
        do throws(TableError) {
            try table.probe()
            tableTrouble = nil
            logger.notice("the peer table can be written again")
        } catch {
            tableTrouble = error
        }
    }

    /// A copy in memory is left by a new start, with the table itself. The running tunnels do not notice.
    func endWhereDiskIsWritable() throws(Failure) {
        guard table.copiedFrom != nil, stateDisk.isWritableAgain() else { return }
        // Whatever else kept the table from being opened must not make it start again and again.
        guard MonotonicClock.now() >= startedAt.monotonic + .seconds(30) else { return }
        throw Failure(.temporaryFailure, "the disk can be written again: starting anew, with the table itself")
    }

    /// What follows from what was found: told in the log and to the coordinator when it changes.
    private func judge(at now: Duration) {
        let observation = observation(at: now)
        let conditions = observation.conditions
        let isIPv6Unavailable = observation.ipv6 == .unavailable
        let before = Set(self.conditions.map(\.kind))
        let after = Set(conditions.map(\.kind))
        for condition in conditions where !before.contains(condition.kind) {
            logger.error(
                "this node takes no new peers",
                metadata: ["condition": "\(condition.kind.rawValue)", "reason": "\(condition.detail)"]
            )
        }
        for kind in before.subtracting(after) {
            logger.notice("a condition is over", metadata: ["condition": "\(kind.rawValue)"])
        }
        self.conditions = conditions
        if before != after || isIPv6Unavailable != ipv6Unavailable { link.hurryHeartbeat(at: .now()) }
        ipv6Unavailable = isIPv6Unavailable
    }

    func observation(at now: Duration) -> Observation {
        var observation = Observation()
        host.describe(&observation, tunnel, lacksIPv6: keeper.lacksIPv6)
        observation.fights = history.fights(at: now)
        if configuration.deviceKind == .kernel, isReady || deviceTrouble != nil { describeDevice(&observation) }
        if let trouble = tableTrouble ?? readTrouble {
            observation.tableTrouble = trouble.description
        } else if table.copiedFrom != nil {
            observation.tableTrouble = "the disk cannot be written: the table in use is a copy in memory"
        }
        observation.clockSkew = link.status.clockSkew
        return observation
    }

    private func describeDevice(_ observation: inout Observation) {
        switch deviceTrouble {
        case nil: break
        case .wireGuardUnavailable: observation.wireGuard = .absent
        case .address(let prefix, _): observation.addressesMissing = [prefix]
        case .notWireGuard, .interfaceMissing, .notPermitted, .portInUse, .netlink:
            observation.interfaceTrouble = deviceTrouble.map { sentence($0) }
        }
    }
}

extension [InterfaceRepair] {
    var byPart: [(part: KeptPart, repairs: [InterfaceRepair])] {
        let addresses = filter { if case .address = $0 { true } else { false } }
        let others = filter { !addresses.contains($0) }
        return [(KeptPart.addresses, addresses), (.interface, others)].filter { !$0.1.isEmpty }
    }
}
