import Database
import Model

/// The right to do the fleet's work, which one instance has at a time. Every write of that work names the epoch, so
/// that an instance that was away for a while and believes to have it still writes nothing.
public struct FleetLease: Hashable, Sendable {
    let holder: InstanceID
    public let epoch: Int64

    public init(holder: InstanceID, epoch: Int64) {
        self.holder = holder
        self.epoch = epoch
    }

    /// Locks the lease against being taken over until the transaction ends.
    func check() -> BoundStatement {
        Self.check.with(.uuid(holder.bytes), .int64(epoch))
    }

    private static let check: Statement = """
        SELECT epoch FROM leases WHERE name = 'fleet' AND holder = $1 AND epoch = $2 FOR SHARE
        """
}

/// Another instance has taken the lease over: nothing was written.
public struct LeaseLost: Error, Hashable, Sendable, CustomStringConvertible {
    public init() {}

    public var description: String { "another instance looks after the fleet now" }
}

extension Transaction {
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    func require(_ lease: FleetLease?) throws {
        guard let lease else { return }
        guard try executeAll([lease.check()])[0].first != nil else { throw LeaseLost() }
    }
}

extension Store {
    /// Takes the lease, or prolongs it; nil while another instance has it.
    ///
    /// The database's clock decides, so the instances' own need not agree.
    public func holdFleetLease(_ instance: InstanceID, lifetime: Duration) async throws -> FleetLease? {
        try await pool.transaction { transaction in
            let rows = try transaction.query(
                Self.holdLease,
                .uuid(instance.bytes),
                .double(lifetime / .seconds(1)),
                .text("fleet")
            )
            guard let row = rows.first else { return nil }
            return FleetLease(holder: instance, epoch: try row.int64("epoch"))
        }
    }

    /// The lease, where `instance` has it at the moment; it is neither taken nor prolonged.
    public func fleetLease(of instance: InstanceID) async throws -> FleetLease? {
        try await pool.query(Self.findLease.with(.uuid(instance.bytes))) { rows in
            try rows.first.map { row in FleetLease(holder: instance, epoch: try row.int64("epoch")) }
        }
    }

    /// Gives the lease up, so that another instance need not wait for its end.
    public func releaseFleetLease(_ lease: FleetLease) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(Self.releaseLease, .uuid(lease.holder.bytes), .int64(lease.epoch))
        }
    }

    /// Takes or prolongs the lease of a job whose writes need no epoch, since they do no harm when they are made twice.
    ///
    /// - Returns: false while another instance has it.
    public func holdLease(named name: String, _ instance: InstanceID, lifetime: Duration) async throws -> Bool {
        try await pool.transaction { transaction in
            let rows = try transaction.query(
                Self.holdLease,
                .uuid(instance.bytes),
                .double(lifetime / .seconds(1)),
                .text(name)
            )
            return !rows.isEmpty
        }
    }

    private static let holdLease: Statement = """
        INSERT INTO leases AS l (name, holder, epoch, taken_at, expires_at)
        VALUES ($3, $1, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => $2))
        ON CONFLICT (name) DO UPDATE SET
            -- One that has run out counts as another's even if nobody took it: time has passed unwatched.
            epoch = l.epoch + (l.holder <> $1 OR l.expires_at < clock_timestamp())::int,
            taken_at = CASE WHEN l.holder <> $1 OR l.expires_at < clock_timestamp()
                THEN clock_timestamp() ELSE l.taken_at END,
            holder = $1,
            expires_at = clock_timestamp() + make_interval(secs => $2)
        WHERE l.holder = $1 OR l.expires_at < clock_timestamp()
        RETURNING epoch
        """

    private static let findLease: Statement = """
        SELECT epoch FROM leases WHERE name = 'fleet' AND holder = $1 AND expires_at > clock_timestamp()
        """

    private static let releaseLease: Statement = """
        UPDATE leases SET expires_at = clock_timestamp() - interval '1 microsecond'
        WHERE name = 'fleet' AND holder = $1 AND epoch = $2
        """
}
