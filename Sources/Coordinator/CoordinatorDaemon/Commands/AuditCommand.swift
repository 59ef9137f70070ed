import ArgumentParser
import Cryptography
import DaemonRuntime
import Model
import SecretStore
import Store

/// The audit log, on the coordinator's own machine.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify the audit log, and look after its key. A coordinator must be running.",
        subcommands: [Verify.self, Accept.self, PrepareKey.self, SwitchKey.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walk the whole log's chain, and compare it with the heads that this coordinator has kept.",
            discussion: "Exit status 1 where it does not hold, or where its end is not vouched for."
        )
        @Option(help: "A position that was noted down, such as one of the log's lines has.") var position: Int64?
        @Option(help: "The hash that was noted down with it.") var head: String?
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard (position == nil) == (head == nil) else {
                throw ValidationError("give --position and --head together")
            }
            guard let head else { return }
            guard Hexadecimal.decode(head)?.count == 32 else {
                throw ValidationError("--head must be 64 hexadecimal digits")
            }
        }

        func run() async throws {
            try await reportingFailures {
                let found = try await verify(try options.load())
                print("\(found.verified) entries hold, and \(found.unsealed) wait to be sealed")
                print("position \(found.verified), head \(Hexadecimal.encode(found.head))")
                if case .held(let position, let since) = found.anchoring {
                    print("anchored up to position \(position), since \(since)")
                }
                if let broken = found.broken {
                    let entry = broken.entry.map { " (entry \($0))" } ?? ""
                    StandardError.print("broken at position \(broken.position)\(entry): \(broken.reason.text)")
                }
                if let fault = found.anchoring.fault { StandardError.print(fault) }
                if !found.isIntact { throw ArgumentParser.ExitCode(1) }
            }
        }

        private func verify(_ settings: CoordinatorSettings) async throws -> AuditVerification {
            let mark = head.flatMap { Hexadecimal.decode($0) }.flatMap { hash in
                position.map { AuditKeys.Mark(position: $0, hash: hash) }
            }
            return try await withStore(of: settings) { store in
                let keys = try Secrets(settings).store.auditKeys(mayMake: false, unkeyedPart: nil)
                let anchors = AuditAnchorFile(settings).read()
                return try await store.with(keys).verifyAudit(expected: mark, anchors: anchors)
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the log as it is now, and begin this coordinator's file of heads anew.",
            discussion: """
                For after a restored backup, a failover that lost the newest entries, or a lost file. Find out first what is \
                missing and why. The log gets an entry that says so.
                """
        )
        @Option(help: "Why, in a sentence for the log; no names of customers.") var reason: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let reason = PrintableText.line(reason, charactersMax: 300)
                try await withStore(of: settings) { store in
                    let now = SystemClock.now()
                    try await store.noteAuditAccepted(reason, now: now)
                    let keys = try Secrets(settings).store.auditKeys(mayMake: false, unkeyedPart: nil)
                    var anchors = AuditAnchors(beginning: .accepted, at: now)
                    if let head = try await store.with(keys).auditHead(now: now) { anchors.add(head) }
                    try AuditAnchorFile(settings).write(anchors)
                }
                print("the log is taken as it is; verify it")
            }
        }
    }

    struct PrepareKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prepare-key",
            abstract: "Make a new key, which verifies and does not seal yet.",
            discussion: "Copy the file audit-key to every coordinator, restart them, then switch-key."
        )
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options) { store throws(SecretError) in
                try store.prepareAuditKey()
            } report: { keys in
                "made version \(keys.all.keys.max() ?? 0); copy the file to every coordinator, restart them, then switch"
            }
        }
    }

    struct SwitchKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "switch-key",
            abstract: "Let the newest key seal; the others verify what they have sealed.",
            discussion: "Copy the file audit-key to every coordinator, and restart them."
        )
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options) { store throws(SecretError) in
                try store.switchAuditKey()
            } report: { keys in
                "version \(keys.current.version) seals once every coordinator has the file and was restarted"
            }
        }
    }
}

private func change(
    _ options: SettingsOptions,
    _ change: @Sendable (SecretStore) throws(SecretError) -> AuditKeys,
    report: (AuditKeys) -> String
) async throws {
    try await reportingFailures {
        let settings = try options.load()
        let keys = try await DirectoryOwner.acting(for: settings.dataDirectory) { try change(Secrets(settings).store) }
        print(report(keys))
    }
}
