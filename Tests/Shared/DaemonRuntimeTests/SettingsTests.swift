import Model
import Testing

@testable import DaemonRuntime

@Suite struct SettingsTests {
    typealias Sample = SampleSettings

    @Test func `an empty file leaves every default`() throws {
        let settings = try Sample.load("")
        #expect(settings[Sample.dataDirectory] == "/var/lib/sample")
        #expect(settings[Sample.interval] == .seconds(15))
        #expect(settings[Sample.listen].description == "[::]:7443")
        #expect(settings[Sample.tiers].isEmpty)
        #expect(settings.source(of: Sample.workers) == .defaultValue)
    }

    @Test func `a file sets values of every type`() throws {
        let settings = try Sample.load(
            """
            data_dir = "/srv/x"
            log.level = "debug"
            [link]
            heartbeat_interval_s = 30
            pause_ms = 5
            listen = "10.0.0.1:99"
            [api]
            enabled = false
            workers = 8
            [tunnel]
            ipv4_pool = "10.0.0.0/8"
            dns = ["10.0.0.1", "fd00::1"]
            [stripe.payment_links]
            basic = "https://a"
            "two words" = "https://b"
            [[tiers]]
            name = "basic"
            peers = 5
            [[tiers]]
            name = "family"
            peers = 10
            prices = ["price_1", "price_2"]
            """
        )
        #expect(settings[Sample.dataDirectory] == "/srv/x")
        #expect(settings[Sample.logLevel] == "debug")
        #expect(settings[Sample.interval] == .seconds(30))
        #expect(settings[Sample.pause] == .milliseconds(5))
        #expect(settings[Sample.listen] == HostPort(host: "10.0.0.1", port: 99))
        #expect(settings[Sample.enabled] == false)
        #expect(settings[Sample.workers] == 8)
        #expect(settings[Sample.pool].description == "10.0.0.0/8")
        #expect(settings[Sample.dns].map(\.description) == ["10.0.0.1", "fd00::1"])
        #expect(settings[Sample.links] == ["basic": "https://a", "two words": "https://b"])
        #expect(
            settings[Sample.tiers] == [
                .init(name: "basic", peers: 5, prices: []),
                .init(name: "family", peers: 10, prices: ["price_1", "price_2"]),
            ]
        )
    }

    @Test func `the environment wins over the file and the command line over both`() throws {
        let file = "[api]\nworkers = 2\n[link]\npause_ms = 2"
        let environment = [
            "HOLDFAST_API_WORKERS": "3", "HOLDFAST_LINK_PAUSE_MS": "3", "HOLDFAST_TUNNEL_DNS": "1.1.1.1, ::1",
        ]
        let settings = try Sample.load(
            file,
            environment: environment,
            overrides: [
                Sample.workers.overridden(by: "4", flag: "--workers"),
                Sample.dataDirectory.overridden(by: nil, flag: "--d"),
            ]
        )
        #expect(settings[Sample.workers] == 4)
        #expect(settings.source(of: Sample.workers) == .flag("--workers"))
        #expect(settings[Sample.pause] == .milliseconds(3))
        #expect(settings[Sample.dns].map(\.description) == ["1.1.1.1", "::1"])
        #expect(settings.source(of: Sample.dataDirectory) == .defaultValue)
    }

    @Test func `variables that are no setting's are told apart from those that are`() throws {
        let settings = try Sample.load(
            "",
            environment: ["HOLDFAST_API_WORKER": "1", "HOLDFAST_API_WORKERS": "1", "HOME": "/"]
        )
        #expect(settings.unknownVariables == ["HOLDFAST_API_WORKER"])
    }

    @Test(arguments: [
        ("[link]\nheartbeat_intervall_s = 3", "link.heartbeat_intervall_s", "link.heartbeat_interval_s"),
        ("listen = \"a:1\"", "listen", "link.listen"),
        ("[lnik]\nlisten = \"a:1\"", "lnik", nil),
        ("datadir = \"/x\"", "datadir", "data_dir"),
        ("[zebra]\nx = 1", "zebra", nil),
        ("\"link.listen\" = \"a:1\"", "link.listen", "link.listen"),
        ("[[tiers]]\nname = \"a\"\npeers = 1\nprice = []", "tiers[0].price", "prices"),
    ])
    func `an unknown key is refused by name, with the nearest known one`(_ row: (String, String, String?)) {
        #expect(throws: SettingsError.unknownKey(row.1, source: .file(path: "sample.toml"), nearest: row.2)) {
            try Sample.load(row.0)
        }
    }

    @Test(arguments: [
        ("[api]\nworkers = \"4\"", "api.workers", "an integer from 1 to 64", "\"4\""),
        ("[api]\nworkers = 65", "api.workers", "an integer from 1 to 64", "65"),
        ("[api]\nworkers = 1.5", "api.workers", "an integer from 1 to 64", "a number with a fraction"),
        ("[api]\nenabled = 1", "api.enabled", "true or false", "1"),
        ("data_dir = 7", "data_dir", "a string", "7"),
        ("data_dir = []", "data_dir", "a string", "a list"),
        ("log.level = \"loud\"", "log.level", "one of info, debug", "\"loud\""),
        ("link = 3", "link", "a table, [link]", "3"),
        ("[tunnel]\ndns = [\"x\"]", "tunnel.dns[0]", "an IPv4 or IPv6 address", "\"x\""),
        ("[[tiers]]\nname = 3", "tiers[0].name", "a string", "3"),
        ("tiers = [1]", "tiers[0]", "a table", "1"),
        ("data_dir = 2026-01-01", "data_dir", "a string", "a date or time"),
    ])
    func `a wrong value names the setting, the file and what was expected`(_ row: (String, String, String, String)) {
        let error = SettingsError.wrongValue(
            key: row.1,
            source: .file(path: "sample.toml"),
            expected: row.2,
            found: row.3
        )
        #expect(throws: error) { try Sample.load(row.0) }
        #expect(error.description.hasPrefix("sample.toml: setting `\(row.1)` must be \(row.2)"))
    }

    @Test(arguments: ["10.64.0.1/10", "fd00::/8", "10.0.0.0", "10.0.0.0/33", ""])
    func `a pool that is no plain IPv4 network is refused`(_ text: String) {
        #expect(throws: SettingsError.self) { try Sample.load("[tunnel]\nipv4_pool = \"\(text)\"") }
    }

    @Test func `a wrong value of the environment names the variable`() {
        let error = #expect(throws: SettingsError.self) {
            try Sample.load("", environment: ["HOLDFAST_LINK_HEARTBEAT_INTERVAL_S": "soon"])
        }
        #expect(
            error?.description
                == "environment variable HOLDFAST_LINK_HEARTBEAT_INTERVAL_S: setting `link.heartbeat_interval_s` must be "
                + "a whole number of seconds from 1 to 3600, not \"soon\""
        )
    }

    @Test func `a wrong value in the file is an error even when the environment wins`() {
        #expect(throws: SettingsError.self) {
            try Sample.load("[api]\nworkers = 0", environment: ["HOLDFAST_API_WORKERS": "3"])
        }
    }

    @Test func `a table cannot come from the environment`() {
        #expect(
            throws: SettingsError.onlyInFile(key: "tiers", source: .environment(variable: "HOLDFAST_TIERS"))
        ) { try Sample.load("", environment: ["HOLDFAST_TIERS": "basic"]) }
    }

    @Test func `a row without a necessary key says which`() {
        let error = #expect(throws: SettingsError.self) { try Sample.load("[[tiers]]\nname = \"a\"") }
        #expect(error?.description == "sample.toml: `tiers[0].peers` is missing; it must be an integer from 1 to 100")
    }

    @Test func `what is not TOML is answered with line and column`() {
        let error = #expect(throws: SettingsError.self) { try Sample.load("data_dir = \"/x\"\n[link\n") }
        guard case .malformedFile("sample.toml", let line, _, _)? = error else {
            Issue.record("not the error of a malformed file: \(String(describing: error))")
            return
        }
        #expect(line == 2)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a NUL does not cut the file short`() {
        #expect(throws: SettingsError.self) { try Sample.load("[api]\n# \0\nworkers = 0") }
    }

    @Test(arguments: [
        "[", "[[", "[[[[[[", "[=", "[ ", "[.a]", "[a", "[[a]", "[é]", "[]", "[[]]", "[a]]", "a", "a.", "a =", ".a = 1",
        "= 1", "a = {", "a = {=", "a = { , }", "a = {[", "a.[ = 1", "a = 1 b = 2", "\"", "'''", "a = \"\\", "a = 0x",
        "a = 1979-13-45", "]", "[a] [b]", "[\"", "['", "a = [[[[", "\u{feff}[",
    ])
    func `what is hardly TOML is an error, with and without more below`(_ text: String) {
        for tail in ["", "\n", "\r\n", "\nworkers = 1\n"] {
            #expect(throws: SettingsError.self) { try Sample.load(text + tail) }
        }
    }

    @Test(arguments: ["[", "a = [", "a = {b = ", "a.", "\""])
    func `endless nesting is an error`(_ part: String) {
        #expect(throws: SettingsError.self) { try Sample.load(String(repeating: part, count: 100_000)) }
        let afterKey = "x = " + String(repeating: "[", count: 100_000)
        #expect(throws: SettingsError.self) { try Sample.load(afterKey) }
    }

    @Test func `a file that is not UTF-8 is an error`() throws {
        let scratch = Scratch()
        try DurableFile.write(Array("a = \"".utf8) + [0x80], to: scratch.file("x.toml"))
        #expect(throws: SettingsError.self) {
            try Settings.load(Sample.catalogue, file: scratch.file("x.toml"), environment: [:])
        }
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: SettingsError.self) {
            try Settings.load(Sample.catalogue, file: "/nowhere/x.toml", environment: [:])
        }
        #expect(error?.description == "/nowhere/x.toml: there is no such file")
    }

    @Test func `the example file, uncommented, holds the defaults`() throws {
        let example = Sample.catalogue.exampleFile
        let active = example.split(separator: "\n").map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        }.joined(separator: "\n")
        let settings = try Sample.load(active)
        #expect(settings[Sample.interval] == .seconds(15))
        #expect(settings.source(of: Sample.interval) == .file(path: "sample.toml"))
        #expect(settings[Sample.pause] == .milliseconds(250))
        #expect(settings[Sample.pool] == Sample.pool.defaultValue)
        #expect(settings[Sample.tiers].map(\.name) == ["basic"])
        #expect(settings[Sample.links] == ["basic": "https://buy.example/x"])
        #expect(example.contains("HOLDFAST_LINK_HEARTBEAT_INTERVAL_S"))
        #expect(try Sample.load(example)[Sample.tiers].isEmpty)
    }
}
