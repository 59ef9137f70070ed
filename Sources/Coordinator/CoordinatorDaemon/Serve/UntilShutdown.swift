import ServiceLifecycle

/// A part that runs until its task is cancelled, as a service that a graceful shutdown ends.
struct UntilShutdown: Service {
    let body: @Sendable () async -> Void

    init(_ body: @escaping @Sendable () async -> Void) {
        self.body = body
    }

    func run() async throws {
        await cancelWhenGracefulShutdown(body)
    }
}
