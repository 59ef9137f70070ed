import Assessment
import CoordinatorLink
import DaemonRuntime
import Glibc
import HostTelemetry
import LinkProtocol
import Logging
import Model
import PeerTable
import Reconciliation
import WireGuardDevice

/// The running agent: one thread, one loop around poll(2).
///
/// Each turn takes what is ready, in this order: signals, the interface's events, the link, the periodic comparison.
/// Nothing in the loop waits but poll(2), the disk's flush, and the kernel's answer over netlink.
final class Agent<Device: TunnelDevice & ~Copyable> {
    let record: NodeRecord
    let configuration: AgentConfiguration
    let publicKey: PublicKey
    let table: PeerTable
    let stateDisk: StateDisk
    let keeper: TunnelKeeper<Device>
    let link: CoordinatorLink
    let host: HostGuard
    var telemetry: HostTelemetry
    let bootID: [UInt8]
    let signals: SignalDescriptor
    let statusSocket: StatusSocket?
    let notifier: ServiceNotifier
    let logger: Logger
    /// For attempts that fail again and again for the same reason.
    let linkLogger: QuietLogger
    let startedAt: Moment
    var schedule: ReconcileSchedule
    var lingerWatch: LingerWatch
    var upgradeRequest = UpgradeRequest(running: Version.current)
    /// Comparisons of the kernel with the table since the start, and how long the last one took.
    var reconciliations = (count: 0, last: Duration.zero)
    /// A commit that the kernel has not got yet: to be acknowledged once it has.
    var owesAcknowledgement = false
    /// Why the last change could not be stored; nil when it could.
    var tableTrouble: TableError?
    /// Why the table could not be read for the last comparison; nil when it could.
    var readTrouble: TableError?
    var deviceTrouble: DeviceError?
    /// Why the node takes no new peers; none: it does its work.
    var conditions: [NodeCondition] = []
    var ipv6Unavailable = false
    /// What was put right, and how often.
    var history = RepairHistory()
    /// Why a part could last not be put right, so that each reason is told once.
    var guardFailures: [KeptPart: String] = [:]
    var guardDue = Duration.zero
    var lastLook = Duration.zero
    var routesChanged = true
    var probeDue = Duration.zero
    /// The last look at the interface failed: the next that does not calls for a comparison of the peers.
    var hasTendingFailed = false
    var isReady = false
    var isStopping = false
    var metricsDue = Duration.zero
    var metricsFailed = false
    private var watchdogDue = Duration.zero

    init(
        record: NodeRecord,
        configuration: AgentConfiguration,
        publicKey: PublicKey,
        table: PeerTable,
        keeper: TunnelKeeper<Device>,
        link: CoordinatorLink,
        host: HostGuard,
        telemetry: HostTelemetry,
        signals: consuming SignalDescriptor,
        statusSocket: StatusSocket?,
        notifier: ServiceNotifier,
        logger: Logger,
        startedAt: Moment
    ) {
        self.record = record
        self.configuration = configuration
        self.publicKey = publicKey
        self.table = table
        stateDisk = StateDisk(path: table.copiedFrom ?? "")
        self.keeper = keeper
        self.link = link
        self.host = host
        bootID = telemetry.bootID()
        self.telemetry = telemetry
        self.signals = signals
        self.statusSocket = statusSocket
        self.notifier = notifier
        self.logger = logger
        linkLogger = QuietLogger(logger, subjectKey: "reason")
        self.startedAt = startedAt
        lingerWatch = LingerWatch(silenceLimit: configuration.lingerSilence)
        schedule = ReconcileSchedule(interval: configuration.reconcileInterval, now: startedAt.monotonic)
    }

    func run() throws(Failure) {
        logger.info(
            "starting",
            metadata: [
                "version": "\(Version.current)", "node": "\(record.nodeID)", "region": "\(record.region)",
                "revision": "\(table.version.revision)", "peers": "\(table.count)",
            ]
        )
        while !isStopping {
            feedWatchdog()
            let ready = wait()
            if ready.contains(signals.descriptor) { isStopping = true }
            if let socket = statusSocket, ready.contains(socket.descriptor) { socket.answer(statusDocument().text) }
            try keepWatch()
            // The tunnels come first: no coordinator is dialled before the table is in the kernel.
            if isReady { try followLink() }
            if schedule.isDue(at: MonotonicClock.now()) { try reconcile() }
            writeMetrics()
        }
        notifier.stopping()
        link.farewell("the agent stops")
        logger.info("stopped; the tunnels stay as they are")
    }

    /// - Returns: the descriptors that something happened on.
    private func wait() -> Set<Int32> {
        var polled = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
        if let socket = statusSocket {
            polled.append(pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0))
        }
        for events in [keeper.eventDescriptor, host.descriptor].compactMap({ $0 }) {
            polled.append(pollfd(fd: events, events: Int16(POLLIN), revents: 0))
        }
        if isReady, let descriptor = link.descriptor {
            polled.append(pollfd(fd: descriptor, events: link.interest, revents: 0))
        }
        let count = poll(&polled, UInt(polled.count), timeoutMilliseconds())
        guard count > 0 else { return [] }
        return Set(polled.filter { $0.revents != 0 }.map(\.fd))
    }

    private func timeoutMilliseconds() -> Int32 {
        let now = MonotonicClock.now()
        var deadline = schedule.deadline
        if isReady { deadline = min(deadline, link.deadline, max(guardDue, lastLook + RepairHistory.pause)) }
        if configuration.metricsFile != nil { deadline = min(deadline, metricsDue) }
        if notifier.watchdogInterval != nil { deadline = min(deadline, watchdogDue) }
        let (seconds, attoseconds) = max(.zero, deadline - now).components
        // Rounded up, or the last part of a millisecond would be spent in a spin.
        return Int32(clamping: min(seconds, 3600) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Fed by the loop's turning alone: an agent that hangs is restarted, and the tunnels do not notice.
    private func feedWatchdog() {
        guard let timeout = notifier.watchdogInterval else { return }
        let now = MonotonicClock.now()
        guard now >= watchdogDue else { return }
        notifier.watchdog()
        watchdogDue = now + timeout / 3
    }
}
