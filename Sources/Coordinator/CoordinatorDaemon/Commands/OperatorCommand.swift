import ArgumentParser
import CertificateAuthority
import DaemonRuntime
import Model
import SecretStore
import Store

/// Who may use the admin API. Only who has the coordinator's own machine may say so.
struct OperatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Certificates for operators, for use with `holdfast`. A coordinator must be running.",
        subcommands: [Add.self, List.self, Revoke.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a certificate, and a profile that `holdfast` reads.",
            discussion: """
                The profile holds the key: carry it to the operator's machine by a way that nobody else reads, as \
                ~/.config/holdfast/NAME.toml, and delete it here. Certificates that the operator has already stay good \
                until they end or are revoked.
                """
        )

        @Argument(help: "1 to 32 characters of a-z, 0-9, '.', '_' and '-', starting with a letter.")
        var name: OperatorNameArgument
        @Option(help: "viewer looks, support looks up single peers as well, operator changes the fleet.")
        var role: RoleArgument
        @Option(help: "How long the certificate is good, 1 to 825.") var days = 90
        @Option(help: "Where operators reach the coordinator (without it: the setting admin.listen).")
        var address: String?
        @Option(help: "The profile's file (without it: NAME.toml in this folder). It must not exist.") var out: String?
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard (1...825).contains(days) else { throw ValidationError("--days must be from 1 to 825") }
            if let address, HostPort(address) == nil {
                throw ValidationError("--address must be HOST:PORT, such as coordinator.example.net:7444")
            }
        }

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let path = out ?? "\(name.name).toml"
                let address = address.flatMap { HostPort($0) } ?? settings[Declared.adminListen]
                let secrets = Secrets(settings)
                // The file is made by the one who types: the way to the database gives up root.
                let file = try ProfileFile(reserving: path)
                do {
                    let profile = try await withStore(of: settings) { store in
                        guard let authority = try secrets.existingAuthority() else {
                            throw StartFailure.noAuthority(path: secrets.store.path(of: .authorityKey))
                        }
                        return try await makeProfile(authority, address, store)
                    }
                    try file.write(profile)
                } catch {
                    file.discard()
                    throw error
                }
                print("wrote \(path): \(role.role.rawValue) \(name.name), good for \(days) days at \(address)")
            }
        }

        private func makeProfile(
            _ authority: CertificateAuthority,
            _ address: HostPort,
            _ store: Store
        ) async throws -> Secret<String> {
            let issued = try authority.issueOperatorCertificate(
                for: name.name,
                now: SystemClock.now(),
                lifetime: .seconds(days * 86_400)
            )
            try await store.addOperator(
                OperatorRecord(
                    name: name.name,
                    role: role.role,
                    serial: issued.serial,
                    issuedAt: issued.issuedAt,
                    expiresAt: issued.expiresAt
                )
            )
            return Secret(
                """
                # The profile of operator \(name.name), until \(issued.expiresAt). It holds a key: nobody else may read it.
                coordinator = "\(address)"
                operator = "\(name.name)"
                authority = '''
                \(authority.certificatePEM)
                '''
                certificate = '''
                \(issued.certificatePEM)
                '''
                key = '''
                \(issued.privateKeyPEM.reveal())
                '''

                """
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the certificates that operators were given.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let operators = try await withStore(of: try options.load()) { try await $0.operators() }
                for line in OperatorTable.lines(operators, now: SystemClock.now()) { print(line) }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End every certificate of an operator, from the next request on."
        )
        @Argument(help: "The operator's name.") var name: OperatorNameArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let revoked = try await withStore(of: try options.load()) { store in
                    try await store.revokeOperator(name.name, now: SystemClock.now())
                }
                guard revoked > 0 else { throw StartFailure.unknownOperator(name.name.text) }
                print("revoked \(revoked) \(revoked == 1 ? "certificate" : "certificates") of \(name.name)")
            }
        }
    }
}

struct OperatorNameArgument: ExpressibleByArgument {
    let name: OperatorName

    init?(argument: String) {
        guard let name = OperatorName(argument) else { return nil }
        self.name = name
    }
}

struct RoleArgument: ExpressibleByArgument {
    let role: OperatorRole

    init?(argument: String) {
        guard let role = OperatorRole(rawValue: argument) else { return nil }
        self.role = role
    }

    static var allValueStrings: [String] { OperatorRole.allCases.map(\.rawValue) }
}
