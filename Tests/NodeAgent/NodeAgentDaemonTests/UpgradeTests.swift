import DaemonRuntime
import Foundation
import Model
import Testing

@testable import NodeAgentDaemon

@Suite(.timeLimit(.minutes(10)), .serialized) struct UpgradeTests {
    private static let wanted = PackageVersion("1.4.0")!

    @Test func `a version is asked for at once, and then ever more seldom`() {
        var request = UpgradeRequest(running: "1.3.0")
        var asked: [Int64] = []
        for second in stride(from: Int64(0), through: 3 * 3600, by: 15) {
            switch request.decide("1.4.0", at: .seconds(second)) {
            case .ask(Self.wanted): asked.append(second)
            case .nothing: break
            case let other: Issue.record("\(other)")
            }
        }
        #expect(asked == [0, 300, 900, 2100, 4500, 8100])
        // Another version is news, however long the pause has become.
        #expect(request.decide("1.4.1", at: .seconds(10_801)) == .ask(PackageVersion("1.4.1")!))
        #expect(request.decide("1.4.1", at: .seconds(11_101)) == .ask(PackageVersion("1.4.1")!))
    }

    @Test func `nothing is asked for once the version runs, or none is wanted any more`() {
        var request = UpgradeRequest(running: "1.4.0")
        // A file of the agent before this one may lie there.
        #expect(request.decide("1.4.0", at: .zero) == .withdraw)
        #expect(request.decide("1.4.0", at: .seconds(5)) == .nothing)
        #expect(request.decide("1.5.0", at: .seconds(10)) == .ask(PackageVersion("1.5.0")!))
        #expect(request.decide(nil, at: .seconds(15)) == .withdraw)
        #expect(request.decide(nil, at: .seconds(20)) == .nothing)
        #expect(request.decide("1.5.0", at: .seconds(25)) == .ask(PackageVersion("1.5.0")!))
    }

    @Test(arguments: [
        "../1.4.0", "1.4.0; reboot", "latest", "1:1.4.0", "1.4.0\n", "-1", String(repeating: "1", count: 65),
    ])
    func `what is no version is asked for by nobody`(text: String) {
        var request = UpgradeRequest(running: "1.3.0")
        #expect(request.decide(text, at: .zero) == .reject)
        #expect(request.decide(text, at: .seconds(1)) == .nothing)
        #expect(request.decide("1.4.0", at: .seconds(2)) == .ask(Self.wanted))
    }

    @Test func `the file holds the version that is wanted, and goes with the wish`() throws {
        let bench = try DaemonBench()
        try #require(try bench.enrol().status == 0)
        let path = bench.folder + "/desired-version"
        let content = { try? String(contentsOfFile: path, encoding: .utf8) }
        bench.desiredVersion = "99.0+test1"
        try bench.start(environment: ["HOLDFAST_UPGRADE_REQUEST_FILE": path])
        try bench.pump { content() == "99.0+test1\n" }
        #expect(try bench.status()["desired_version"] as? String == "99.0+test1")
        bench.desiredVersion = "../../etc/passwd"
        try bench.pump { content() == nil }
        bench.desiredVersion = "99.1"
        try bench.pump { content() == "99.1\n" }
        bench.desiredVersion = Version.current
        try bench.pump { content() == nil }
        let stopped = try bench.end(SIGTERM)
        #expect(stopped.status == 0 && !stopped.output.contains("passwd"))
    }
}
