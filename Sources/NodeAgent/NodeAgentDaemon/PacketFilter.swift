import DaemonRuntime
import Glibc

/// nft(8), which gives the kernel each input as one transaction: all of it or nothing.
struct PacketFilter {
    var program = "/usr/sbin/nft"
    /// How long it may take. The first call after a boot loads the kernel's modules.
    var patience = Duration.seconds(90)
    /// Of the agent, whose loop waits for it.
    static let agentPatience = Duration.seconds(20)

    /// Whether the kernel would take `input`, which it does not keep.
    func check(_ input: String, from file: String) throws(Failure) {
        try run(["--check", "--file", "-"], input) { "\(file) cannot be loaded; what was in force stays:\n\($0)" }
    }

    func apply(_ input: String, what: String) throws(Failure) {
        try run(["--file", "-"], input) { "\(what):\n\($0)" }
    }

    /// Whether the kernel has this table of the inet family.
    func has(table: String) throws(Failure) -> Bool {
        var isThere = true
        do throws(Failure) {
            try run(["list", "table", "inet", table], "") { $0 }
        } catch {
            guard error.status == .configuration, error.message.contains("No such file or directory") else {
                throw error
            }
            isThere = false
        }
        return isThere
    }

    private func run(_ options: [String], _ input: String, refusal: (String) -> String) throws(Failure) {
        let outcome: ChildProgram.Outcome
        do throws(ChildProgram.CannotStart) {
            outcome = try ChildProgram.run(program, options, input: input, patience: patience)
        } catch {
            guard error.code != ENOENT else {
                throw Failure(.configuration, "\(program) is missing: install nftables (apt install nftables)")
            }
            let status: ExitStatus = error.code == EACCES || error.code == EPERM ? .notPermitted : .operatingSystem
            throw Failure(status, "cannot start \(program): \(String(cString: strerror(error.code)))")
        }
        guard outcome.status != 0 else { return }
        guard outcome.status != nil else {
            throw Failure(.temporaryFailure, "\(program) was ended by a signal: \(outcome.output)")
        }
        guard !outcome.output.contains("Operation not permitted") else {
            throw Failure(.notPermitted, "only root, with CAP_NET_ADMIN, may change the kernel's packet filter")
        }
        var words = outcome.output
        while words.last?.isNewline == true { words.removeLast() }
        throw Failure(.configuration, refusal(words))
    }
}
