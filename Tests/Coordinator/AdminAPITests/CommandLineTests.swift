import CertificateAuthority
import DaemonRuntime
import Database
import DatabaseTestSupport
import Foundation
import Model
import Store
import Testing

/// The built `holdfast` against the real listener.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CommandLineTests {
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let complaint: String
    }

    private static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "holdfast")

    /// A profile in a folder of its own, which is removed after the body.
    private func withProfile(
        _ bench: AdminBench,
        _ identity: AdminBench.Identity,
        mode: UInt32 = 0o600,
        _ body: (String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-cli-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = """
            coordinator = "127.0.0.1:\(bench.port)"
            operator = "alice"
            authority = '''
            \(bench.authority.certificatePEM)
            '''
            certificate = '''
            \(identity.certificatePEM)
            '''
            key = '''
            \(identity.privateKeyPEM)
            '''
            """
        try DurableFile.write(Array(text.utf8), to: "\(folder)/test.toml", mode: mode)
        try await body("\(folder)/test.toml")
    }

    /// - Parameter during: runs while the program does.
    private func holdfast(
        _ arguments: [String],
        profile: String,
        output: FileHandle? = nil,
        during: (Process) async throws -> Void = { _ in }
    ) async throws -> Outcome {
        try await run(Self.program, arguments, profile: profile, output: output, during: during)
    }

    private func run(
        _ program: URL,
        _ arguments: [String],
        profile: String,
        output file: FileHandle? = nil,
        during: (Process) async throws -> Void = { _ in }
    ) async throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ["HOLDFAST_PROFILE": profile, "HOME": "/nonexistent"]
        let output = Pipe()
        let complaint = Pipe()
        process.standardOutput = file ?? output
        process.standardError = complaint
        process.standardInput = FileHandle.nullDevice
        let ended = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        if file != nil { try output.fileHandleForWriting.close() }
        try await during(process)
        for await _ in ended.stream {}
        let text = { (pipe: Pipe) in String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: text(output), complaint: text(complaint))
    }

    @Test func `the fleet is looked at and changed`() async throws {
        try await AdminBench.run { bench in
            let node = try await bench.addNode("exit1")
            try await bench.addNode("exit2")
            try await bench.addPeers(2, to: node)
            try await withProfile(bench, try await bench.add()) { profile in
                let list = try await holdfast(["node", "list"], profile: profile)
                #expect(list.status == 0, "\(list.complaint)")
                #expect(list.output.split(separator: "\n").count == 3)
                let plan = try await holdfast(["node", "drain", "exit1", "--dry-run"], profile: profile)
                #expect(plan.output.contains("2 peers to move"))
                let edited = try await holdfast(
                    ["node", "edit", "exit1", "--capacity", "7", "-o", "json"],
                    profile: profile
                )
                let object = try JSONSerialization.jsonObject(with: Data(edited.output.utf8)) as? [String: Any]
                #expect(object?["capacity"] as? Int == 7)
                let token = try await holdfast(["node", "join-token", "create", "--region", "fra1"], profile: profile)
                #expect(token.output.hasPrefix("hfj1.fra1."))
                let top = try await holdfast(["top"], profile: profile)
                #expect(top.output.contains("exit2"))
                let caller = try await holdfast(["whoami"], profile: profile)
                #expect(caller.output.contains("alice"))
                let verified = try await holdfast(["audit", "verify"], profile: profile)
                #expect(verified.status == 0)
            }
        }
    }

    @Test func `a drain that is waited for ends with its own status`() async throws {
        try await AdminBench.run { bench in
            let node = try await bench.addNode("exit1")
            try await bench.addPeers(1, to: node)
            try await withProfile(bench, try await bench.add()) { profile in
                for (state, status) in [("done", 0), ("failed", 1), ("cancelled", 2), ("waiting", 75)]
                    as [(String, Int32)]
                {
                    async let waited = holdfast(["node", "drain", "exit1", "--wait"], profile: profile)
                    try await until { try await bench.store.operations(openOnly: true, limit: 1).count == 1 }
                    let isOpen = state == "waiting"
                    try await bench.execute(
                        """
                        UPDATE operations SET state = $1, reason = 'of the test', updated_at = now(),
                            ended_at = CASE WHEN $2 THEN NULL ELSE now() END WHERE ended_at IS NULL
                        """,
                        .text(state),
                        .bool(isOpen)
                    )
                    let outcome = try await waited
                    #expect(outcome.status == status, "\(state): \(outcome.complaint)")
                }
            }
        }
    }

    @Test func `a drain is carried out by the controllers while the command shows it`() async throws {
        try await AdminBench.run { bench in
            let nodes = [try await bench.addNode("exit1"), try await bench.addNode("exit2")]
            try await bench.addPeers(30, to: nodes[0])
            try await withProfile(bench, try await bench.add()) { profile in
                try await AnsweringFleet(bench, nodes: nodes).work {
                    let outcome = try await holdfast(
                        ["node", "drain", "exit1", "--wait", "--then-retire"],
                        profile: profile
                    )
                    #expect(outcome.status == 0, "\(outcome.complaint)")
                    #expect(outcome.output.contains("30 of 30 peers moved"), "\(outcome.output)")
                    let list = try await holdfast(["node", "list"], profile: profile)
                    #expect(!list.output.contains("exit1"))
                    try await until { try await bench.store.verifyAudit().unsealed == 0 }
                    let verified = try await holdfast(["audit", "verify"], profile: profile)
                    #expect(verified.status == 0)
                }
            }
        }
    }

    @Test func `an interrupt ends the waiting and says that the drain goes on`() async throws {
        try await AdminBench.run { bench in
            let node = try await bench.addNode("exit1")
            try await bench.addPeers(1, to: node)
            try await withProfile(bench, try await bench.add()) { profile in
                let outcome = try await holdfast(["node", "drain", "exit1", "--wait"], profile: profile) { process in
                    // The program has asked to watch, so it takes the signal.
                    try await until {
                        try await bench.text("SELECT count(*)::text FROM operations") == "1"
                            && Self.catchesInterrupts(process.processIdentifier)
                    }
                    process.interrupt()
                }
                #expect(outcome.status == 130)
                #expect(outcome.complaint.contains("goes on"))
                #expect(outcome.complaint.contains("holdfast operation cancel"))
                #expect(try await bench.store.operations(openOnly: true, limit: 1).first?.state == .running)
            }
        }
    }

    /// By proc(5): whether the process has a handler for SIGINT, or ignores it for a dispatch source.
    private static func catchesInterrupts(_ process: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("SigCgt:") || line.hasPrefix("SigIgn:") else { return false }
            let mask = UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? 0
            return mask & 0b10 != 0
        }
    }

    @Test func `what is refused is said in one sentence`() async throws {
        try await AdminBench.run { bench in
            try await withProfile(bench, try await bench.add("vera", .viewer)) { profile in
                let unknown = try await holdfast(["node", "show", "exit9"], profile: profile)
                #expect(unknown.status == 1)
                #expect(unknown.complaint.hasPrefix("holdfast: No node is named 'exit9'"))
                let refused = try await holdfast(["node", "cordon", "exit9"], profile: profile)
                #expect(refused.status == 77)
                #expect(refused.complaint.split(separator: "\n").count == 1)
            }
        }
    }

    @Test func `programs are told of a refusal in JSON, and of a mistake in the names`() async throws {
        try await AdminBench.run { bench in
            try await withProfile(bench, try await bench.add()) { profile in
                let unknown = try await holdfast(["node", "show", "exit9", "-o", "json"], profile: profile)
                let object = try JSONSerialization.jsonObject(with: Data(unknown.complaint.utf8)) as? [String: Any]
                #expect(object?["problem"] as? String == "unknown-node")
                #expect(object?["exit_status"] as? Int == 1 && unknown.status == 1)
                #expect(unknown.output.isEmpty)
                for arguments in [["node", "show", ""], ["operation", "cancel", ""], ["capacity", "dismiss", ""]] {
                    #expect(try await holdfast(arguments, profile: profile).status == 64, "\(arguments)")
                }
                let odd = try await holdfast(["node", "show", "a b/../c"], profile: profile)
                #expect(odd.complaint.hasPrefix("holdfast: No node is named 'a b/../c'"))
            }
        }
    }

    @Test func `a result that cannot be written is a failure`() async throws {
        try await AdminBench.run { bench in
            try await withProfile(bench, try await bench.add()) { profile in
                let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
                let outcome = try await holdfast(["node", "list"], profile: profile, output: full)
                #expect(outcome.status == 74)
                #expect(outcome.complaint.contains("No space left"))
            }
        }
    }

    @Test func `an operator that cannot be added leaves no file`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-add-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // As packaged: the daemon's user owns its folder alone, and root types the command.
        if geteuid() == 0 { #expect(chown(folder + "/data", 65_534, 65_534) == 0) }
        let coordinator = Self.program.deletingLastPathComponent().appending(path: "holdfast-coordinator")
        let arguments = ["operator", "add", "zoe", "--role", "viewer", "--data-dir", folder + "/data"]
        let outcome = try await run(coordinator, arguments + ["--out", folder + "/zoe.toml"], profile: "")
        #expect(outcome.status == 69, "\(outcome.complaint)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/zoe.toml"))
    }

    @Test func `bash completes what there is`() async throws {
        let script = try await holdfast(["--generate-completion-script", "bash"], profile: "")
        #expect(script.status == 0)
        let words = ["holdfast node drain --", "holdfast node drain exit1 --until ", "holdfast ro"]
        let asked = words.map { line in
            """
            COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
            read -ra COMP_WORDS <<< "$COMP_LINE"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _holdfast holdfast "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[@]}"
            """
        }
        let bash = try await run(
            URL(filePath: "/bin/bash"),
            ["-c", script.output + "\n" + asked.joined(separator: "\n")],
            profile: ""
        )
        let lines = bash.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first?.contains("--dry-run") == true, "\(bash.complaint)")
        #expect(lines.dropFirst().first == "moved done")
        #expect(lines.dropFirst(2).first == "rollout")
    }

    @Test func `a profile that others may read is not used`() async throws {
        try await AdminBench.run { bench in
            try await withProfile(bench, try await bench.add(), mode: 0o644) { profile in
                let outcome = try await holdfast(["whoami"], profile: profile)
                #expect(outcome.status == 78)
                #expect(outcome.complaint.contains("644"))
            }
        }
    }

    @Test func `no profile and no coordinator are told apart`() async throws {
        let none = try await holdfast(["whoami"], profile: "")
        #expect(none.status == 66)
        #expect(none.complaint.contains("operator add"))
        try await AdminBench.run { bench in
            let elsewhere = AdminBench(
                store: bench.store,
                authority: bench.authority,
                services: bench.services,
                port: 1
            )
            try await withProfile(elsewhere, try await bench.add()) { profile in
                let outcome = try await holdfast(["whoami"], profile: profile)
                #expect(outcome.status == 69, "\(outcome.complaint)")
            }
            let other = try CertificateAuthority.generate(now: SystemClock.now())
            let stranger = AdminBench(store: bench.store, authority: other, services: bench.services, port: bench.port)
            try await withProfile(stranger, try await bench.add()) { profile in
                let outcome = try await holdfast(["whoami"], profile: profile)
                #expect(outcome.status == 69)
                #expect(outcome.complaint.contains("is not the one of this profile"), "\(outcome.complaint)")
            }
        }
    }
}
