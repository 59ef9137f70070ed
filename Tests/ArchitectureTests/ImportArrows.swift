import Testing

/// The module map is the manifest: a file imports what its target declares, and nothing else.
struct ImportArrows {
    private static let platform: Set = [
        "Swift", "Glibc", "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Testing",
        "FoundationNetworking",
    ]
    private static let pure = [
        "Model", "LinkProtocol", "Billing", "Placement", "FleetPlanning", "Reconciliation", "Assessment",
    ]

    private func sources() throws -> [Manifest.Target] {
        try Manifest.loaded.get().targets.filter { $0.type != "system" }
    }

    @Test func `the manifest names the targets of the module map`() throws {
        let names = Set(try Manifest.loaded.get().targets.map(\.name))
        #expect(names.isSuperset(of: ["Model", "LinkProtocol", "Store", "Netlink", "PeerTable", "AgentLink", "API"]))
    }

    @Test func `every import is an arrow of the manifest`() throws {
        for target in try sources() {
            let declared = Set(target.dependencies.map(\.name))
            for file in try SourceFile.all(of: target) {
                let undeclared = file.imports.subtracting(declared).subtracting(Self.platform)
                #expect(undeclared.isEmpty, "\(file.path) imports \(undeclared.sorted())")
            }
        }
    }

    @Test func `pure targets import pure targets and nothing of the platform`() throws {
        let manifest = try Manifest.loaded.get()
        for name in Self.pure {
            guard let target = manifest.target(name) else { continue }
            for file in try SourceFile.all(of: target) {
                #expect(file.imports.isSubset(of: Self.pure), "\(file.path) imports \(file.imports.sorted())")
            }
        }
    }

    @Test func `the coordinator and the node agent meet only in Shared`() throws {
        let manifest = try Manifest.loaded.get()
        func names(in row: String) -> Set<String> {
            Set(manifest.targets.filter { $0.path?.hasPrefix("Sources/\(row)/") == true }.map(\.name))
        }
        for (row, other) in [
            ("Coordinator", "NodeAgent"), ("NodeAgent", "Coordinator"), ("Shared", "Coordinator"),
            ("Shared", "NodeAgent"),
        ] {
            for target in manifest.targets where names(in: row).contains(target.name) {
                let strangers = Set(target.dependencies.map(\.name)).intersection(names(in: other))
                #expect(strangers.isEmpty, "\(target.name) depends on \(strangers.sorted())")
            }
        }
    }

    @Test(arguments: [
        ("CSodium", "Cryptography"), ("CPostgres", "Database"), ("CNetlink", "Netlink"), ("CSQLite", "PeerTable"),
        ("COpenSSL", "CoordinatorLink"), ("SwiftProtobuf", "LinkMessages"), ("Hummingbird", "API"),
    ])
    func `one target alone wraps`(library: String, wrapper: String) throws {
        let users = try sources().filter { target in
            target.path?.hasPrefix("Sources/") == true && target.dependencies.contains { $0.name == library }
        }
        #expect(users.map(\.name) == [wrapper])
    }

    @Test func `the agent keeps full Foundation out, which would cost 44 MB`() throws {
        for target in try sources()
        where target.path?.hasPrefix("Sources/NodeAgent/") == true || target.path?.hasPrefix("Sources/Shared/") == true
        {
            for file in try SourceFile.all(of: target) where !file.path.hasSuffix(".pb.swift") {
                #expect(!file.imports.contains("Foundation"), "\(file.path)")
            }
        }
    }

    @Test func `no source file has more than 400 lines`() throws {
        for target in try sources() {
            for file in try SourceFile.all(of: target) where !file.path.hasSuffix(".pb.swift") {
                #expect(file.lineCount <= 400, "\(file.path) has \(file.lineCount)")
            }
        }
    }
}
