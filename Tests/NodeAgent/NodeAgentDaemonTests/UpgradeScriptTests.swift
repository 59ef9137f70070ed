import Foundation
import Testing

/// packaging/agent/holdfast-agent-upgrade, which root runs. The package's test in the lab has it with the real apt.
@Suite(.timeLimit(.minutes(10))) struct UpgradeScriptTests {
    @Test func `the version that is asked for is installed, and no trial stays open`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.1.0")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 0 && outcome.output.contains("1.1.0 is installed and well"), "\(outcome)")
        #expect(machine.installed == "installed 1.1.0" && machine.read("state/trial") == nil)
    }

    @Test(arguments: ["crashing", "deaf"])
    func `a version that is not well is taken back, and barred`(ill: String) throws {
        let machine = try UpgradeMachine()
        try machine.write(ill, "1.1.0\n")
        try machine.ask(for: "1.1.0")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("was taken back: the node is on 1.0.0"), "\(outcome)")
        #expect(machine.installed == "installed 1.0.0" && machine.read("state/trial") == nil)
        let again = try machine.upgrade()
        #expect(again.status == 1 && again.output.contains("less than an hour ago"), "\(again)")
        #expect(machine.installed == "installed 1.0.0")
        try machine.write("proc/uptime", "9000.00 1.00\n")
        #expect(try machine.upgrade().output.contains("was taken back: the node is on 1.0.0"))
    }

    /// `kill -9`, or a power cut: what lies in /run is gone then.
    @Test(arguments: [true, false])
    func `a trial that was cut off goes on at the next start`(isBad: Bool) throws {
        let machine = try UpgradeMachine()
        if isBad { try machine.write("crashing", "1.1.0\n") }
        try machine.ask(for: "1.1.0")
        try machine.write("hook-1.1.0", "printf 'installed 1.1.0' >installed; printf 1.1.0 >program; kill -9 $PPID")
        #expect(try machine.upgrade().status == 128 + 9)
        #expect(machine.read("state/trial") == "1.0.0 1.1.0\n")
        try machine.remove("run/holdfast-agent/desired-version")
        let outcome = try machine.upgrade()
        #expect(outcome.status == (isBad ? 1 : 0), "\(outcome)")
        #expect(machine.installed == (isBad ? "installed 1.0.0" : "installed 1.1.0"))
        #expect(machine.read("state/trial") == nil)
    }

    @Test func `a dpkg that was cut off is finished before apt begins`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.1.0")
        try machine.write("interrupted", "")
        #expect(try machine.upgrade().status == 0)
        #expect(machine.installed == "installed 1.1.0" && machine.calls.contains("dpkg --force-confold --configure -a"))
    }

    @Test func `a package that was only unpacked is not taken for installed`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.1.0")
        try machine.write("installed", "half-configured 1.1.0")
        #expect(try machine.upgrade().status == 0)
        #expect(machine.installed == "installed 1.1.0")
        // It may fail half-way in the first place: then it goes back.
        try machine.ask(for: "1.2.0")
        try machine.write("hook-1.2.0", "printf 'half-configured 1.2.0' >installed; exit 100")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("the node is on 1.1.0"), "\(outcome)")
        #expect(machine.installed == "installed 1.1.0")
    }

    /// A full disk, a lock that somebody holds, a mirror that is away.
    @Test func `an apt that fails leaves everything as it is`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.1.0")
        try machine.write("apt-fails", "")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("the node stays on 1.0.0"), "\(outcome)")
        #expect(machine.read("state/trial") == nil && machine.read("run/upgrade/taken-back") == nil)
    }

    @Test func `where the way back cannot be written down, nothing is installed`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.1.0")
        try machine.remove("state")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("the node stays on 1.0.0"), "\(outcome)")
        #expect(!machine.calls.contains(" install "))
    }

    @Test func `a way back that fails is gone later`() throws {
        let machine = try UpgradeMachine()
        try machine.write("deaf", "1.1.0\n")
        try machine.ask(for: "1.1.0")
        try machine.write("hook-1.0.0", "exit 100")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 75 && outcome.output.contains("could not be installed again"), "\(outcome)")
        try machine.remove("hook-1.0.0")
        #expect(try machine.upgrade().status == 1)
        #expect(machine.installed == "installed 1.0.0" && machine.read("state/trial") == nil)
    }

    /// As at a shutdown: the machine must not wait for minutes, and the version is judged after the boot.
    @Test func `asked to stop, it ends without a judgement`() throws {
        let machine = try UpgradeMachine()
        try machine.write("deaf", "1.1.0\n")
        try machine.ask(for: "1.1.0")
        try machine.write("hook-sleep", "kill -TERM $PPID")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 75 && outcome.output.contains("stopped before it was known"), "\(outcome)")
        #expect(machine.installed == "installed 1.1.0" && machine.read("state/trial") == "1.0.0 1.1.0\n")
        let clock = try #require(machine.read("proc/uptime"))
        #expect(clock.hasPrefix("1030."))
    }

    @Test func `that systemd restarted the old version often is not held against the new one`() throws {
        let machine = try UpgradeMachine()
        try machine.write("restarts", "100\n")
        try machine.ask(for: "1.1.0")
        #expect(try machine.upgrade().status == 0)
        #expect(machine.installed == "installed 1.1.0")
    }

    @Test func `a coordinator that changes its mind again and again is not obeyed for ever`() throws {
        let machine = try UpgradeMachine()
        for round in 0..<6 {
            try machine.ask(for: round.isMultiple(of: 2) ? "1.1.0" : "1.0.0")
            #expect(try machine.upgrade().status == 0)
        }
        try machine.ask(for: "1.1.0")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("within an hour"), "\(outcome)")
        #expect(machine.installed == "installed 1.0.0")
        try machine.write("proc/uptime", "9000.00 1.00\n")
        #expect(try machine.upgrade().status == 0)
        #expect(machine.installed == "installed 1.1.0")
    }

    @Test func `a version comes from the operator's sources alone, where they are named`() throws {
        let machine = try UpgradeMachine()
        try machine.write("operator.list", "")
        try machine.write("etc/upgrade.conf", "sources = \"\(machine.folder.path)/operator.list\"\n")
        try machine.ask(for: "1.1.0")
        #expect(try machine.upgrade().status == 0)
        let asking = machine.calls.split(separator: "\n").filter { $0.contains(" update") || $0.contains("madison") }
        #expect(asking.count == 2 && asking.allSatisfy { $0.contains("Dir::Etc::sourceparts=-") })
        try machine.ask(for: "3.0.0")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("3.0.0 is in none of the sources"), "\(outcome)")
    }

    @Test func `an agent whose program was replaced without a restart is restarted, once`() throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: "1.0.0")
        let program = machine.folder.appending(path: "proc/77/exe").path
        try FileManager.default.createSymbolicLink(
            atPath: program,
            withDestinationPath: "/usr/sbin/holdfast-agent (deleted)"
        )
        #expect(try machine.upgrade().status == 0)
        #expect(machine.calls.contains("systemctl restart holdfast-agent.service"))
        try machine.remove("calls")
        try machine.remove("proc/77/exe")
        #expect(try machine.upgrade().status == 0)
        #expect(!machine.calls.contains("restart"))
    }

    /// The clock stands still while the script sleeps.
    private func machineThatStands(at uptime_s: Int) throws -> UpgradeMachine {
        let machine = try UpgradeMachine()
        try machine.write("proc/uptime", "\(uptime_s).00 1.00\n")
        try machine.write("hook-sleep", "cat frozen >proc/uptime")
        try machine.write("frozen", "\(uptime_s).00 1.00\n")
        return machine
    }

    private func updates(_ machine: UpgradeMachine) -> Int {
        machine.calls.split(separator: "\n").count { $0.contains(" update") }
    }

    @Test(arguments: [["3.0.0"], ["3.0.0", "3.0.1", "4"]])
    func `versions that do not exist, asked for 20 times at once, cost one update of the lists`(
        versions: [String]
    ) throws {
        let machine = try machineThatStands(at: 1000)
        for round in 0..<20 {
            try machine.ask(for: versions[round % versions.count])
            #expect(try machine.upgrade().status == 1)
        }
        #expect(updates(machine) == 1)
    }

    @Test func `the pause after an attempt that came to nothing grows, and outlives a reboot`() throws {
        let machine = try machineThatStands(at: 1000)
        try machine.ask(for: "3.0.0")
        func attempts(at second: Int) throws -> Int {
            // Booted in between: what lies in /run is gone, and the time since the boot begins anew.
            try machine.write("booted", "\(1_800_000_000 + 1000 + second - 5)\n")
            try machine.write("proc/uptime", "5.00 1.00\n")
            try machine.write("frozen", "5.00 1.00\n")
            try machine.write("run/upgrade/begun", "")
            _ = try machine.upgrade()
            return updates(machine)
        }
        #expect(try attempts(at: 0) == 1)
        #expect(try attempts(at: 59) == 1)
        #expect(try attempts(at: 60) == 2)
        #expect(try attempts(at: 179) == 2)
        #expect(try attempts(at: 180) == 3)
        #expect(try attempts(at: 419) == 3)
        #expect(try attempts(at: 420) == 4)
        try machine.write("sources", "1.0.0\n3.0.0\n")
        #expect(try attempts(at: 900) == 5)
        #expect(machine.installed == "installed 3.0.0" && machine.read("state/attempts") == nil)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 40])
    func `an agent that asks as it should is refused by no pause`(failures: Int) throws {
        let pauses = [300, 600, 1200, 2400] + [Int](repeating: 3600, count: 40)
        let machine = try machineThatStands(at: 100_000)
        try machine.write("state/attempts", "\(failures) \(1_800_000_000 + 100_000 - pauses[failures - 1])\n")
        try machine.ask(for: "1.1.0")
        #expect(try machine.upgrade().status == 0)
    }

    @Test(arguments: ["", "x", "1", "-1 -1", "1 2 3 x", "99999999999999999999999 1"])
    func `a damaged count of attempts keeps nobody from trying`(text: String) throws {
        let machine = try UpgradeMachine()
        try machine.write("state/attempts", text)
        try machine.ask(for: "1.1.0")
        #expect(try machine.upgrade().status == 0)
        #expect(machine.installed == "installed 1.1.0")
    }

    @Test func `a clock that was set back makes no pause longer`() throws {
        let machine = try machineThatStands(at: 1000)
        try machine.write("state/attempts", "3 1900000000\n")
        try machine.ask(for: "1.1.0")
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("in 240 s"), "\(outcome)")
    }

    @Test(arguments: [
        "1.1.0 bash", "-o=Dir::Bin::dpkg=/tmp/x", "../1.1.0", "1.1.0\nreboot", "", "$(reboot)", "1.1.0;x",
    ])
    func `what is no version is obeyed by nobody`(words: String) throws {
        let machine = try UpgradeMachine()
        try machine.ask(for: words)
        let outcome = try machine.upgrade()
        #expect(outcome.status == 1 && outcome.output.contains("is no version"), "\(outcome)")
        #expect(machine.calls.isEmpty)
    }
}
