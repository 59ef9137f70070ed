/// Returns once the condition holds, however long that takes: the test's time limit is the limit.
public func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try await Task.sleep(for: .milliseconds(2))
    }
}
