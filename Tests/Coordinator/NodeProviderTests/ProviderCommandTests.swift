import Cryptography
import Foundation
import Model
import Testing

@testable import NodeProvider

/// Providers as they may be: real programs, each a small script of the test's own.
@Suite(.timeLimit(.minutes(10)))
struct ProviderCommandTests {
    private static let token = JoinToken.generate(
        region: RegionName("fra1")!,
        authorityPin: [UInt8](repeating: 1, count: 32)
    )
    private let request = NodeRequest(
        id: CapacityRequestID(high: 1, low: 2),
        region: RegionName("fra1")!,
        reason: "30 peers have no place",
        capacity: 100,
        attempt: 1,
        expiresAt: Timestamp(seconds: 1_800_000_000),
        userData: CloudInit(
            coordinators: [HostPort(host: "c.example.net", port: 7443)],
            repository: "deb https://apt.example.net bookworm main"
        ).userData(token)
    )

    private func ask(_ script: String, timeout: Duration = .seconds(30)) async throws -> ProviderAnswer {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("provider-\(UUID())").path
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        while true {
            let answer = await NodeProvider.command(path).ask(request, timeout: timeout)
            // Another test's child had the script open, as we wrote it, in the moment before it became its program.
            guard answer == .failed("cannot be started: Text file busy") else { return answer }
        }
    }

    @Test func `the request comes on standard input, and the answer's name is kept`() async throws {
        let answer = try await ask(#"grep -q '"region":"fra1"' && echo '{"reference":"vm-7"}'"#)
        #expect(answer == .accepted(reference: "vm-7"))
        let whole = try await ask(#"reads=$(cat); case "$reads" in *hfj1.fra1.*) echo '{"reference":"ok"}';; esac"#)
        #expect(whole == .accepted(reference: "ok"))
    }

    @Test func `one that does not read its input is heard all the same`() async throws {
        #expect(try await ask("exit 0") == .accepted(reference: nil))
    }

    @Test func `a failure is told by its status and last words`() async throws {
        #expect(
            try await ask("echo first >&2; echo 'quota exceeded' >&2; exit 3")
                == .failed("exit status 3: quota exceeded")
        )
        #expect(try await ask("kill -SEGV $$") == .failed("ended by signal 11"))
    }

    @Test func `a token that a failing provider repeats goes nowhere`() async throws {
        let answer = try await ask("cat >&2; exit 1")
        guard case .failed(let reason) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!reason.contains("hfj1."))
    }

    @Test func `later is later, with or without a time`() async throws {
        #expect(try await ask("exit 75") == .later(after: nil))
        #expect(try await ask(#"echo '{"retry_after_s": 30}'; exit 75"#) == .later(after: .seconds(30)))
        #expect(try await ask(#"echo '{"retry_after_s": 99999999}'"#) == .later(after: .seconds(3600)))
    }

    @Test func `one that hangs is killed with its children`() async throws {
        let mark = FileManager.default.temporaryDirectory.appendingPathComponent("mark-\(UUID())").path
        let answer = try await ask("sleep 600 & echo $! > \(mark); sleep 600", timeout: .seconds(1))
        #expect(answer == .failed("not done within its time, and killed"))
        let text = try String(contentsOfFile: mark, encoding: .utf8)
        let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        while kill(child, 0) == 0 { await Task.yield() }
        try FileManager.default.removeItem(atPath: mark)
    }

    @Test func `one that leaves a child behind is not waited for`() async throws {
        #expect(try await ask("sleep 600 & exit 0") == .accepted(reference: nil))
    }

    @Test func `an answer without end, without sense or with control characters does no harm`() async throws {
        let endless = try await ask("yes", timeout: .seconds(1))
        #expect(endless == .failed("not done within its time, and killed"))
        let huge = try await ask("head -c 1000000 /dev/zero | tr '\\0' x")
        #expect(huge == .failed("the answer is larger than 65536 bytes"))
        #expect(try await ask("echo nonsense") == .failed("the answer is not the JSON that is expected"))
        #expect(try await ask(#"printf '{"reference":"a\\u001bb"}'"#) == .accepted(reference: "a\u{fffd}b"))
    }

    @Test func `one that is not there cannot be started`() async {
        let answer = await NodeProvider.command("/nowhere/provider").ask(request, timeout: .seconds(1))
        #expect(answer == .failed("cannot be started: No such file or directory"))
    }

    @Test func `the user data is what cloud-init takes`() {
        let text = request.userData.reveal()
        #expect(text.hasPrefix("#cloud-config\nwrite_files:\n  - path: /etc/apt/sources.list.d/holdfast.list\n"))
        #expect(text.contains("      coordinators = [\"c.example.net:7443\"]\n"))
        #expect(text.contains("    content: hfj1.fra1."))
        let bare = CloudInit(coordinators: [HostPort(host: "c.example.net", port: 7443)], repository: "")
            .userData(Self.token).reveal()
        #expect(bare.hasPrefix("#cloud-config\nwrite_files:\n  - path: /etc/holdfast/agent.toml\n"))
    }

    @Test func `a name that repeats the token goes nowhere either`() async throws {
        let answer = try await ask(#"printf '{"reference":"vm %s"}' "$(grep -o 'hfj1[^\\"]*')""#)
        guard case .accepted(let reference?) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!reference.contains("hfj1."))
    }

    @Test func `after a flood on standard error its last words are kept`() async throws {
        let answer = try await ask(
            "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo 'out of stock' >&2; exit 1"
        )
        #expect(answer == .failed("exit status 1: out of stock"))
    }

    @Test func `a coordinator that stops does not wait for one that hangs`() async throws {
        let marker = FileManager.default.temporaryDirectory.appendingPathComponent("marker-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let asking = Task { try await ask("touch \(marker); exec sleep 1000", timeout: .seconds(90)) }
        while !FileManager.default.fileExists(atPath: marker) { try await Task.sleep(for: .milliseconds(2)) }
        asking.cancel()
        #expect(try await asking.value == .failed("the coordinator stopped meanwhile"))
    }
}
