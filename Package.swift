// swift-tools-version: 6.2
import PackageDescription

/// Every target of the project compiles in the Swift 6 language mode, with each warning an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Third-party products, named once

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A library target of one of the three rows of the module map.
func module(_ name: String, in row: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(row)/\(name)", swiftSettings: strict)
}

func daemon(_ name: String, in row: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/\(row)/\(name)", swiftSettings: strict)
}

/// A C library of Debian's, seen by exactly one Swift wrapper.
func system(_ name: String, in row: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(row)/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

func tests(_ name: String, in row: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(row)/\(name)", swiftSettings: strict)
}

let shared: [Target] = [
    module("Model", in: "Shared"),
    .target(
        name: "LinkMessages",
        dependencies: ["Model", "LinkProtocol", protobuf],
        path: "Sources/Shared/LinkMessages",
        exclude: ["link.proto"],
        swiftSettings: strict
    ),
    module("LinkProtocol", in: "Shared", ["Model"]),
    system("CSodium", in: "Shared", pkgConfig: "libsodium", debian: "libsodium-dev"),
    module("Cryptography", in: "Shared", ["Model", "CSodium"]),
    module("DaemonRuntime", in: "Shared", ["Model", log, toml]),
]

let coordinator: [Target] = [
    module("Billing", in: "Coordinator", ["Model"]),
    module("Placement", in: "Coordinator", ["Model"]),
    module("FleetPlanning", in: "Coordinator", ["Model", "Placement"]),
    system("CPostgres", in: "Coordinator", pkgConfig: "libpq", debian: "libpq-dev"),
    module("Database", in: "Coordinator", ["CPostgres", log]),
    .systemLibrary(name: "CSpawn", path: "Sources/Coordinator/CSpawn"),
    module("EmbeddedDatabase", in: "Coordinator", ["CSpawn", "Database", "DaemonRuntime", log]),
    module(
        "Store",
        in: "Coordinator",
        ["Model", "Billing", "Placement", "FleetPlanning", "LinkProtocol", "Cryptography", "Database", log]
    ),
    module("JOSE", in: "Coordinator", ["Model", crypto, cryptoExtras]),
    module("OutboundHTTP", in: "Coordinator", [httpClient, nioCore, nioHTTP1]),
    module(
        "NodeProvider",
        in: "Coordinator",
        ["Model", "Cryptography", "Database", "DaemonRuntime", "OutboundHTTP", "CSpawn", httpClient, nioCore, nioHTTP1]
    ),
    module(
        "FleetControl",
        in: "Coordinator",
        ["Model", "Cryptography", "Placement", "FleetPlanning", "NodeProvider", "Store", log]
    ),
    module(
        "PaymentProviders",
        in: "Coordinator",
        [
            "Model", "Billing", "Cryptography", "DaemonRuntime", "JOSE", "OutboundHTTP", "Store", httpClient, nioCore,
            nioHTTP1, crypto, x509, asn1, log,
        ]
    ),
    module(
        "ObjectStorage",
        in: "Coordinator",
        ["Model", "Cryptography", "OutboundHTTP", "Store", httpClient, nioCore, nioHTTP1, log]
    ),
    module("Newcomers", in: "Coordinator", ["Model", nioCore]),
    module("SecretStore", in: "Coordinator", ["Model", "Cryptography", "DaemonRuntime"]),
    module("CertificateAuthority", in: "Coordinator", ["Model", x509, asn1, crypto]),
    module(
        "AgentLink",
        in: "Coordinator",
        [
            "Model", "LinkMessages", "LinkProtocol", "CertificateAuthority", "Cryptography", "DaemonRuntime",
            "Newcomers", "Store", "Placement", "Database", nioCore, nioPosix, nioTLS, nioSSL, serviceLifecycle, x509,
            log,
        ]
    ),
    module(
        "API",
        in: "Coordinator",
        [
            "Model", "Billing", "Placement", "FleetPlanning", "PaymentProviders", "ObjectStorage",
            "CertificateAuthority", "Cryptography", "Store", "DaemonRuntime", "Newcomers", "Database", hummingbird,
            hummingbirdCore, httpTypes,
            serviceLifecycle, nioCore, nioHTTP1, nioSSL, log,
        ]
    ),
    daemon(
        "CoordinatorDaemon",
        in: "Coordinator",
        [
            "API", "AgentLink", "PaymentProviders", "ObjectStorage", "CertificateAuthority", "Newcomers", "SecretStore",
            "Store", "Database",
            "FleetControl", "FleetPlanning", "NodeProvider", "EmbeddedDatabase", "Billing", "Placement", "Cryptography",
            "DaemonRuntime", "Model",
            argumentParser, serviceLifecycle, unixSignals, log,
        ]
    ),
]

let operatorCLI: [Target] = [
    daemon(
        "OperatorCLI",
        in: "Coordinator",
        ["Model", "DaemonRuntime", argumentParser, httpClient, nioCore, nioHTTP1, nioPosix, nioSSL, unixSignals]
    )
]

let nodeAgent: [Target] = [
    module("Reconciliation", in: "NodeAgent", ["Model"]),
    system("CNetlink", in: "NodeAgent", pkgConfig: "libmnl", debian: "libmnl-dev"),
    module("Netlink", in: "NodeAgent", ["CNetlink"]),
    module("WireGuardDevice", in: "NodeAgent", ["Model", "Reconciliation", "Netlink"]),
    module("NFTables", in: "NodeAgent", ["Netlink"]),
    module("Assessment", in: "NodeAgent", ["Model", "LinkProtocol"]),
    system("CSQLite", in: "NodeAgent", pkgConfig: "sqlite3", debian: "libsqlite3-dev"),
    module("PeerTable", in: "NodeAgent", ["Model", "LinkProtocol", "Cryptography", "CSQLite"]),
    system("COpenSSL", in: "NodeAgent", pkgConfig: "openssl", debian: "libssl-dev"),
    module(
        "CoordinatorLink",
        in: "NodeAgent",
        ["Model", "LinkMessages", "LinkProtocol", "Cryptography", "DaemonRuntime", "COpenSSL", log]
    ),
    // Parts of the C library, so there is nothing to install.
    .target(name: "CGlibc", path: "Sources/NodeAgent/CGlibc"),
    module("HostTelemetry", in: "NodeAgent", ["Model", "LinkProtocol"]),
    daemon(
        "NodeAgentDaemon",
        in: "NodeAgent",
        [
            "Assessment", "Reconciliation", "NFTables", "Netlink", "WireGuardDevice", "PeerTable", "CoordinatorLink",
            "HostTelemetry", "LinkProtocol", "Cryptography", "DaemonRuntime", "Model", "CGlibc", argumentParser, log,
        ]
    ),
]

let testTargets: [Target] = [
    .testTarget(name: "ArchitectureTests", path: "Tests/ArchitectureTests", swiftSettings: strict),
    tests("ModelTests", in: "Shared", ["Model"]),
    tests("CryptographyTests", in: "Shared", ["Cryptography", "Model"]),
    tests("DaemonRuntimeTests", in: "Shared", ["DaemonRuntime", "Model", "SeededRandom", log]),
    tests("LinkProtocolTests", in: "Shared", ["LinkProtocol", "Cryptography", "Model", "SeededRandom"]),
    tests(
        "BillingTests",
        in: "Coordinator",
        ["Billing", "Model", "SeededRandom", "Store", "Database", "DatabaseTestSupport"]
    ),
    tests("PlacementTests", in: "Coordinator", ["Placement", "Model", "SeededRandom"]),
    .testTarget(
        name: "FleetPlanningTests",
        dependencies: ["FleetPlanning", "Placement", "Model", "SeededRandom"],
        path: "Tests/Coordinator/FleetPlanningTests",
        exclude: ["Golden"],
        swiftSettings: strict
    ),
    tests("SecretStoreTests", in: "Coordinator", ["SecretStore", "DaemonRuntime", "Cryptography", "Model"]),
    tests("CertificateAuthorityTests", in: "Coordinator", ["CertificateAuthority", "Model", x509, asn1, crypto]),
    .target(
        name: "DatabaseTestSupport",
        dependencies: ["Database", "EmbeddedDatabase", log],
        path: "Tests/Coordinator/DatabaseTestSupport",
        swiftSettings: strict
    ),
    tests("DatabaseTests", in: "Coordinator", ["Database", "EmbeddedDatabase", "DatabaseTestSupport", log]),
    tests("EmbeddedDatabaseTests", in: "Coordinator", ["Database", "EmbeddedDatabase", "DatabaseTestSupport", log]),
    tests(
        "StoreTests",
        in: "Coordinator",
        [
            "Store", "Billing", "Placement", "LinkProtocol", "Cryptography", "Database", "DatabaseTestSupport", "Model",
            log,
        ]
    ),
    .target(
        name: "StandInServer",
        dependencies: [nioCore, nioHTTP1, nioPosix],
        path: "Tests/Coordinator/StandInServer",
        swiftSettings: strict
    ),
    .target(
        name: "S3Server",
        path: "Tests/Coordinator/S3Server",
        exclude: ["serve"],
        swiftSettings: strict
    ),
    tests("JOSETests", in: "Coordinator", ["JOSE", "Model", crypto]),
    tests("OutboundHTTPTests", in: "Coordinator", ["OutboundHTTP", "StandInServer", httpClient, nioHTTP1]),
    tests(
        "NodeProviderTests",
        in: "Coordinator",
        ["NodeProvider", "Cryptography", "Model", "StandInServer", nioHTTP1]
    ),
    tests(
        "FleetControlTests",
        in: "Coordinator",
        [
            "FleetControl", "FleetPlanning", "NodeProvider", "Placement", "Store", "Billing", "LinkProtocol",
            "Cryptography", "Database", "DatabaseTestSupport", "Model", log,
        ]
    ),
    .testTarget(
        name: "PaymentProvidersTests",
        dependencies: [
            "PaymentProviders", "JOSE", "Store", "Billing", "Cryptography", "Database", "DatabaseTestSupport", "Model",
            "StandInServer", "SeededRandom", "LabSupport", crypto, cryptoExtras, x509, asn1, nioCore, nioHTTP1,
            nioPosix,
            log,
        ],
        path: "Tests/Coordinator/PaymentProvidersTests",
        exclude: ["Vendors/Scripts"],
        swiftSettings: strict
    ),
    tests(
        "ObjectStorageTests",
        in: "Coordinator",
        [
            "ObjectStorage", "OutboundHTTP", "S3Server", "StandInServer", "Store", "Billing", "Cryptography",
            "Database", "DatabaseTestSupport", "DaemonRuntime", "Model", httpClient, nioCore, nioHTTP1, log,
        ]
    ),
    tests("NewcomersTests", in: "Coordinator", ["Newcomers", "Model", nioCore, nioEmbedded]),
    tests(
        "AgentLinkTests",
        in: "Coordinator",
        [
            "AgentLink", "CertificateAuthority", "Cryptography", "Database", "DatabaseTestSupport", "LinkMessages",
            "FleetPlanning", "LinkProtocol", "Model", "Newcomers", "Placement", "Store", nioCore, nioPosix, nioSSL,
            nioTLS, x509,
            asn1,
            crypto, log,
        ]
    ),
    tests(
        "CoordinatorDaemonTests",
        in: "Coordinator",
        [
            "Billing", "CoordinatorDaemon", "Store", "Database", "DatabaseTestSupport", "Cryptography", "DaemonRuntime",
            "Model", log,
        ]
    ),
    tests("OperatorCLITests", in: "Coordinator", ["OperatorCLI", "Model", argumentParser]),
    tests(
        "AdminAPITests",
        in: "Coordinator",
        [
            "API", "OperatorCLI", "FleetControl", "LinkProtocol", "Store", "CertificateAuthority", "Placement",
            "Billing", "Cryptography", "Database", "DatabaseTestSupport", "DaemonRuntime", "Model",
            httpClient, httpTypes, nioCore, nioHTTP1, nioSSL, log, asn1, crypto, x509,
        ]
    ),
    tests(
        "APITests",
        in: "Coordinator",
        [
            "API", "Store", "PaymentProviders", "ObjectStorage", "OutboundHTTP", "S3Server", "StandInServer",
            "Placement",
            "Billing", "Cryptography", "Database", "DatabaseTestSupport", "DaemonRuntime", "LinkProtocol", "LabSupport",
            "Model",
            hummingbird, .product(name: "HummingbirdTesting", package: "hummingbird"), httpClient, httpTypes, nioCore,
            nioHTTP1, nioPosix, serviceLifecycle, log,
        ]
    ),
    tests("ReconciliationTests", in: "NodeAgent", ["Reconciliation", "Model", "SeededRandom"]),
    tests("NetlinkTests", in: "NodeAgent", ["Netlink"]),
    tests("WireGuardDeviceTests", in: "NodeAgent", ["WireGuardDevice", "Netlink", "Reconciliation", "Model"]),
    tests("NFTablesTests", in: "NodeAgent", ["NFTables", "Netlink"]),
    tests("AssessmentTests", in: "NodeAgent", ["Assessment", "LinkProtocol", "Model", "SeededRandom"]),
    tests("PeerTableTests", in: "NodeAgent", ["PeerTable", "LinkProtocol", "Cryptography", "Model", "CSQLite"]),
    .target(
        name: "LinkTestPeer",
        dependencies: ["COpenSSL", "LinkMessages", "LinkProtocol"],
        path: "Tests/NodeAgent/LinkTestPeer",
        swiftSettings: strict
    ),
    tests(
        "CoordinatorLinkTests",
        in: "NodeAgent",
        ["CoordinatorLink", "LinkTestPeer", "COpenSSL", "Cryptography", "LinkMessages", "LinkProtocol", "Model", log]
    ),
    tests(
        "NodeAgentDaemonTests",
        in: "NodeAgent",
        [
            "NodeAgentDaemon", "Assessment", "CoordinatorLink", "LinkTestPeer", "PeerTable", "WireGuardDevice",
            "Reconciliation", "Cryptography", "DaemonRuntime", "LinkProtocol", "Model",
        ]
    ),
    .target(
        name: "FuzzSupport",
        dependencies: ["SeededRandom"],
        path: "Tests/Fuzz/FuzzSupport",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "SharedFuzzTargets",
        dependencies: [
            "FuzzSupport", "WireGuardDevice", "NFTables", "Netlink", "LinkMessages", "LinkProtocol", "Model",
        ],
        path: "Tests/Fuzz/SharedTargets",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "CoordinatorFuzzTargets",
        dependencies: [
            "FuzzSupport", "API", "CertificateAuthority", "JOSE", "Model", "ObjectStorage", "PaymentProviders", crypto,
            x509, asn1, hummingbirdCore, nioCore, nioEmbedded, nioHTTP1, nioSSL,
        ],
        path: "Tests/Fuzz/CoordinatorTargets",
        swiftSettings: strict
    ),
    tests("HostTelemetryTests", in: "NodeAgent", ["HostTelemetry", "LinkProtocol"]),
    tests("LinkMessagesTests", in: "Shared", ["LinkMessages", "LinkProtocol", "Cryptography", "Model"]),
    tests("DeviceLabTests", in: "Lab", ["WireGuardDevice", "Netlink", "Reconciliation", "Model"]),
]

/// The real binaries in the lab's kernel, and what is measured there; see Tests/Lab/kernel/run.
let lab: [Target] = [
    // setns(2) of the C library, for a thread that acts as one of the lab's hosts.
    .systemLibrary(name: "CNamespace", path: "Tests/Lab/CNamespace"),
    .target(
        name: "LabSupport",
        dependencies: ["CNamespace", "Model", "Cryptography"],
        path: "Tests/Lab/LabSupport",
        swiftSettings: strict
    ),
    .executableTarget(name: "Demo", dependencies: ["LabSupport"], path: "Tests/Lab/Demo", swiftSettings: strict),
    .target(
        name: "BenchmarkSupport",
        dependencies: ["LabSupport"],
        path: "Benchmarks/Support",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "AgentBenchmark",
        dependencies: [
            "BenchmarkSupport", "LabSupport", "LinkTestPeer", "CoordinatorLink", "LinkProtocol", "Model",
            "Cryptography", argumentParser,
        ],
        path: "Benchmarks/Agent",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "Shop",
        dependencies: ["LabSupport", "Cryptography", "Model"],
        path: "Tests/Lab/Shop",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "ProvisionBenchmark",
        dependencies: ["BenchmarkSupport", "LabSupport", "Model", "Cryptography", argumentParser],
        path: "Benchmarks/Provision",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "BillingBenchmark",
        dependencies: ["BenchmarkSupport", "LabSupport", "StandInServer", "Model", "Cryptography", argumentParser],
        path: "Benchmarks/Billing",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "DrainBenchmark",
        dependencies: ["BenchmarkSupport", "LabSupport", argumentParser],
        path: "Benchmarks/Drain",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "FleetPlanBenchmark",
        dependencies: ["BenchmarkSupport", "FleetPlanning", "Placement", "Model", "SeededRandom"],
        path: "Benchmarks/Fleet",
        swiftSettings: strict
    ),
    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
    .target(
        name: "FleetSimulation",
        dependencies: [
            "FleetControl", "FleetPlanning", "Placement", "Store", "LinkProtocol", "Reconciliation", "Cryptography",
            "Model", "SeededRandom",
        ],
        path: "Tests/Simulation/FleetSimulation",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "Simulate",
        dependencies: ["FleetSimulation", argumentParser],
        path: "Tests/Simulation/Simulate",
        swiftSettings: strict
    ),
    tests("SimulationTests", in: "Simulation", ["FleetSimulation"]),
    tests("LabTests", in: "Lab", ["LabSupport", "Model", "Cryptography"]),
]

let package = Package(
    name: "holdfast",
    products: [
        .executable(name: "holdfast-coordinator", targets: ["CoordinatorDaemon"]),
        .executable(name: "holdfast", targets: ["OperatorCLI"]),
        .executable(name: "holdfast-agent", targets: ["NodeAgentDaemon"]),
        .executable(name: "holdfast-demo", targets: ["Demo"]),
        .executable(name: "holdfast-fuzz", targets: ["SharedFuzzTargets"]),
        .executable(name: "holdfast-fuzz-coordinator", targets: ["CoordinatorFuzzTargets"]),
        .executable(name: "holdfast-bench-agent", targets: ["AgentBenchmark"]),
        .executable(name: "holdfast-lab-shop", targets: ["Shop"]),
        .executable(name: "holdfast-bench-provision", targets: ["ProvisionBenchmark"]),
        .executable(name: "holdfast-simulate", targets: ["Simulate"]),
        .executable(name: "holdfast-bench-billing", targets: ["BillingBenchmark"]),
        .executable(name: "holdfast-bench-drain", targets: ["DrainBenchmark"]),
        .executable(name: "holdfast-bench-fleet-plan", targets: ["FleetPlanBenchmark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: shared + coordinator + operatorCLI + nodeAgent + testTargets + lab
)
