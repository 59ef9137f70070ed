import ArgumentParser
import Model
import Testing

@testable import OperatorCLI

/// What is typed, and what becomes of it.
struct ArgumentTests {
    @Test(arguments: [
        ["node", "list", "--region", "fra1"], ["node", "show", "exit1", "-o", "json"], ["node", "cordon", "exit1"],
        ["node", "uncordon", "exit1"], ["node", "cancel", "exit1"], ["node", "retire", "exit1", "--force"],
        [
            "node", "drain", "exit1", "--wait", "--deadline", "2h", "--then-retire", "--timeout", "30m", "--until",
            "moved",
        ],
        ["node", "drain", "exit1", "--dry-run"], ["node", "edit", "exit1", "--capacity", "5", "--label", "a=b"],
        ["node", "join-token", "create", "--region", "fra1", "--ttl", "2h"], ["node", "join-token", "list"],
        ["node", "join-token", "revoke", "0123456789abcdef"], ["region", "list"], ["peer", "show", "abc"],
        ["operation", "list", "--all"], ["operation", "show", "x"], ["operation", "watch", "x"],
        ["operation", "cancel", "x"], ["audit", "list", "--since", "2h", "--actor", "alice"],
        ["audit", "verify", "--position", "4", "--head", "ab"], ["audit", "rollback", "12", "--dry-run"],
        ["audit", "rollback", "--node", "exit1", "--since", "2026-01-31T12:00:00Z"], ["capacity", "list"],
        ["capacity", "dismiss", "x"], ["rollout", "start", "1.4.0", "--waves", "1,50%"], ["rollout", "list"],
        ["rollout", "show"], ["rollout", "halt"], ["rollout", "resume"], ["rollout", "rollback"], ["whoami"], ["top"],
        ["profile", "list"], ["profile", "show"], ["profile", "use", "prod"], ["version"],
    ])
    func `is understood`(arguments: [String]) throws {
        _ = try Holdfast.parseAsRoot(arguments)
    }

    @Test(arguments: [
        ["node", "drain"], ["node", "drain", "exit1", "--deadline", "tomorrow"], ["node", "edit", "exit1"],
        ["node", "edit", "exit1", "--label", "nothing"], ["audit", "rollback"],
        ["audit", "rollback", "3", "--node", "x"],
        ["audit", "rollback", "--node", "x"], ["audit", "verify", "--head", "ab"], ["top", "--interval", "0s"],
        ["node", "list", "-o", "yaml"], ["nodes"], ["node", "drain", "exit1", "--timeout", "5m"],
        ["node", "drain", "exit1", "--until", "moved"], ["node", "drain", "exit1", "--dry-run", "--wait"],
        ["node", "edit", "exit1", "--label", "a=1", "--unlabel", "a"], ["audit", "rollback", "3", "--since", "2h"],
    ])
    func `is a mistake in the command line`(arguments: [String]) throws {
        let error = #expect(throws: (any Error).self) { try Holdfast.parseAsRoot(arguments) }
        #expect(Holdfast.exitCode(for: try #require(error)).rawValue == 64)
    }

    @Test func `an edit sends what was typed and nothing else`() throws {
        let command = try #require(
            try Holdfast.parseAsRoot(
                ["node", "edit", "exit1", "--label", "rack=r7=x", "--label", "empty=", "--unlabel", "old"]
            ) as? EditCommand
        )
        #expect(
            command.body == ["labels": .object(["rack": .string("r7=x"), "empty": .string(""), "old": .null])]
        )
    }

    @Test(arguments: [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400), ("0s", 0)])
    func `spans are understood`(text: String, seconds: Int64) {
        #expect(DurationArgument(argument: text)?.seconds == seconds)
    }

    @Test(arguments: ["", "s", "5", "-1h", "1.5h", "2w", "99999999999999999999d", "4000000d"])
    func `what is no span is not`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test func `a moment is a time, or so long ago`() {
        let now = ViewTests.now
        #expect(MomentArgument("2h", now: now)?.moment == now - .seconds(7200))
        #expect(MomentArgument("2026-01-31T12:00:00Z", now: now)?.moment == Timestamp("2026-01-31T12:00:00Z"))
        #expect(MomentArgument("yesterday", now: now) == nil)
    }

    @Test func `queries are percent-encoded`() {
        #expect(RequestTarget.query(["b": "1+1/=", "a": "ü &", "none": nil]) == "?a=%C3%BC%20%26&b=1%2B1%2F%3D")
        #expect(RequestTarget.query([:]) == "")
        #expect(RequestTarget.encoded("../x") == "..%2Fx")
    }
}
