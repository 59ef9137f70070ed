/// One unit of work in the pool's queue. It ends exactly once: run by a worker, or refused.
final class Job: Sendable {
    let deadline_ns: Int64
    /// Runs on the worker's thread and resumes the awaiting task.
    let run: @Sendable (Connection) -> Void
    /// Resumes the awaiting task with an error; nothing was done.
    let refuse: @Sendable (DatabaseError) -> Void

    init(
        deadline_ns: Int64,
        run: @escaping @Sendable (Connection) -> Void,
        refuse: @escaping @Sendable (DatabaseError) -> Void
    ) {
        self.deadline_ns = deadline_ns
        self.run = run
        self.refuse = refuse
    }
}
