// swift-tools-version: 6.2

import PackageDescription

/// Settings shared by every target: Swift 6 mode, explicit import visibility, and no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")

let package = Package(
    name: "flowmeter",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "flowmeter", targets: ["flowmeter"]),
        .library(name: "ChainPrimitives", targets: ["ChainPrimitives"]),
        .library(name: "Claude", targets: ["Claude"]),
        .library(name: "ClaudeFuzzing", targets: ["ClaudeFuzzing"]),
        .library(name: "ClaudeSimulator", targets: ["ClaudeSimulator"]),
        .library(name: "Flow", targets: ["Flow"]),
        .library(name: "FlowFuzzing", targets: ["FlowFuzzing"]),
        .library(name: "FlowMockNode", targets: ["FlowMockNode"]),
        .library(name: "Metering", targets: ["Metering"]),
        .library(name: "MeteringConformance", targets: ["MeteringConformance"]),
        .library(name: "MeteringNeo4j", targets: ["MeteringNeo4j"]),
        .library(name: "MeteringSQLite", targets: ["MeteringSQLite"]),
        .library(name: "Oracle", targets: ["Oracle"]),
        .library(name: "Gateway", targets: ["Gateway"]),
        .library(name: "GatewayBenchmarking", targets: ["GatewayBenchmarking"]),
        .library(name: "GatewayFuzzing", targets: ["GatewayFuzzing"]),
        .library(name: "Bolt", targets: ["Bolt"]),
        .library(name: "BoltFuzzing", targets: ["BoltFuzzing"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: Libraries, lowest layer first. A target imports only what it names here.
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .systemLibrary(
            name: "CSecp256k1",
            pkgConfig: "libsecp256k1",
            providers: [.apt(["libsecp256k1-dev"]), .brew(["secp256k1"])]
        ),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .target(
            name: "ChainPrimitives",
            dependencies: ["CSecp256k1"],
            swiftSettings: strict
        ),
        .target(
            name: "Flow",
            dependencies: [
                "ChainPrimitives", "NetworkErrors", bigInt, crypto, asyncHTTPClient, nioCore, nioPosix, nioHTTP1,
                nioSSL,
                nioWebSocket,
            ],
            swiftSettings: strict
        ),
        .target(name: "NetworkErrors", dependencies: [nioCore, nioPosix], swiftSettings: strict),
        .target(name: "PrometheusMetrics", dependencies: [coreMetrics], swiftSettings: strict),
        .target(
            // It shares no code with the client it tests, except what both build on.
            name: "FlowMockNode",
            dependencies: ["ChainPrimitives", crypto, nioCore, nioPosix, nioHTTP1, nioSSL, nioWebSocket],
            swiftSettings: strict
        ),
        .target(
            name: "Claude",
            dependencies: ["CZlib", nioCore],
            swiftSettings: strict
        ),
        .target(
            name: "ClaudeSimulator",
            dependencies: ["CZlib", "Claude", nioCore, hummingbird, httpTypes, logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "Bolt",
            dependencies: ["NetworkErrors", nioCore, nioPosix, nioTLS, nioSSL, logging, serviceLifecycle, deque],
            swiftSettings: strict
        ),
        .target(
            name: "Metering",
            dependencies: ["Claude", crypto],
            swiftSettings: strict
        ),
        .target(
            name: "MeteringConformance",
            dependencies: ["Claude", "Metering"],
            swiftSettings: strict
        ),
        .target(
            name: "MeteringSQLite",
            dependencies: ["CSQLite", "Claude", "Metering", crypto, grdb, sqlite, deque, logging],
            swiftSettings: strict
        ),
        .target(
            name: "MeteringNeo4j",
            dependencies: ["Bolt", "Metering", logging],
            swiftSettings: strict
        ),
        .target(
            name: "Oracle",
            dependencies: ["Metering", crypto, logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "Claude", "Metering", "NetworkErrors", "PrometheusMetrics", nioCore, nioPosix, nioHTTP1, nioSSL, nioTLS,
                hummingbird, httpTypes, asyncHTTPClient, logging, metrics, serviceLifecycle, deque, crypto,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "FlowmeterCommands",
            dependencies: [
                "Bolt", "ChainPrimitives", "Claude", "ClaudeSimulator", "Flow", "Metering", "MeteringNeo4j",
                "MeteringSQLite", "Gateway", "Oracle", "PrometheusMetrics", nioCore, nioHTTP1, asyncHTTPClient,
                argumentParser, configuration, logging, coreMetrics,
                serviceLifecycle,
                unixSignals,
            ],
            resources: [.embedInCode("Demo/Samples"), .embedInCode("Graph/Queries")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "flowmeter",
            dependencies: ["FlowmeterCommands", argumentParser],
            swiftSettings: strict
        ),

        // MARK: Tests
        .target(
            // What the fuzzers of FuzzTesting/ do with an input; the tests run their corpora through it.
            name: "ClaudeFuzzing", dependencies: ["Claude", nioCore], path: "FuzzTesting/ClaudeFuzzing",
            swiftSettings: strict),
        .target(
            // The same for the gateway's reader of HTTP, with llhttp as the reference.
            name: "GatewayFuzzing", dependencies: ["ClaudeFuzzing", "Gateway", nioCore, nioEmbedded, nioHTTP1],
            path: "FuzzTesting/GatewayFuzzing", swiftSettings: strict),
        .target(
            // What benchmarks need of the gateway's inside; see Benchmarks/Sources/HTTPForwardingBenchmark.
            name: "GatewayBenchmarking", dependencies: ["Gateway", nioCore], path: "Benchmarks/GatewayBenchmarking",
            swiftSettings: strict),
        .target(
            name: "FlowFuzzing", dependencies: ["ChainPrimitives", "Flow"], path: "FuzzTesting/FlowFuzzing",
            swiftSettings: strict),
        .testTarget(
            name: "ChainPrimitivesTests", dependencies: ["ChainPrimitives"], resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "PrometheusMetricsTests", dependencies: ["PrometheusMetrics", coreMetrics], swiftSettings: strict),
        .testTarget(
            name: "NetworkErrorsTests", dependencies: ["NetworkErrors", nioCore, nioPosix], swiftSettings: strict),
        // What another SDK is compared with; see Tests/Acceptance/test_flow_py_sdk.py.
        .executableTarget(
            name: "FlowDifferential", dependencies: ["ChainPrimitives", "Flow"], path: "Tests/FlowDifferential",
            swiftSettings: strict),
        // A process that sends transactions, for tests that kill it.
        .executableTarget(
            name: "FlowChaosWorker", dependencies: ["Flow"], path: "Tests/FlowChaosWorker", swiftSettings: strict),
        .testTarget(
            name: "FlowTests",
            dependencies: ["ChainPrimitives", "Flow", "FlowChaosWorker", "FlowFuzzing", "FlowMockNode", bigInt],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "FlowStreamingTests",
            dependencies: ["Flow", "FlowMockNode", crypto, nioCore, nioEmbedded, nioWebSocket],
            swiftSettings: strict),
        .testTarget(
            name: "FlowMockNodeTests",
            dependencies: ["ChainPrimitives", "FlowMockNode", crypto, asyncHTTPClient, nioCore, nioHTTP1],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "ClaudeTests", dependencies: ["Claude", "ClaudeFuzzing", "CZlib", nioCore],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "ClaudeSimulatorTests",
            dependencies: [
                "Claude", "ClaudeSimulator", nioCore, nioHTTP1, nioPosix, hummingbird, hummingbirdTesting, httpTypes,
                asyncHTTPClient,
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .target(
            name: "BoltFuzzing", dependencies: ["Bolt", nioCore], path: "FuzzTesting/BoltFuzzing", swiftSettings: strict
        ),
        // The servers that tests start.
        .target(
            name: "TestServers", dependencies: ["Bolt", nioCore, nioPosix], path: "Tests/TestServers",
            swiftSettings: strict),
        .testTarget(
            name: "BoltTests",
            dependencies: ["Bolt", "BoltFuzzing", "TestServers", nioCore, nioPosix, nioEmbedded, nioSSL, logging],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "MeteringTests", dependencies: ["Claude", "Metering", "MeteringConformance", crypto],
            exclude: ["Reference/rating_reference.py"], resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "MeteringSQLiteTests",
            dependencies: ["Claude", "Metering", "MeteringConformance", "MeteringSQLite", "StoreWriter", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "MeteringNeo4jTests",
            dependencies: ["Bolt", "Metering", "MeteringConformance", "MeteringNeo4j", "TestServers"],
            swiftSettings: strict),
        // A process that writes to a store, for tests that kill it or let two of them write at the same time.
        .executableTarget(
            name: "StoreWriter", dependencies: ["Metering", "MeteringSQLite"], path: "Tests/StoreWriter",
            swiftSettings: strict),
        // What the oracle's tests and the process that they kill have in common.
        .target(
            name: "OracleChaos", dependencies: ["Metering", "MeteringConformance", "MeteringSQLite", "Oracle"],
            path: "Tests/OracleChaos", swiftSettings: strict),
        // An oracle, for tests that kill it.
        .executableTarget(
            name: "OracleChaosWorker", dependencies: ["Metering", "Oracle", "OracleChaos"],
            path: "Tests/OracleChaosWorker", swiftSettings: strict),
        .testTarget(
            name: "OracleTests",
            dependencies: [
                "Metering", "MeteringConformance", "Oracle", "OracleChaos", "OracleChaosWorker", crypto, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Claude", "ClaudeFuzzing", "ClaudeSimulator", "Metering", "MeteringConformance", "Gateway",
                "GatewayFuzzing", nioCore, nioPosix,
                nioEmbedded, nioHTTP1, nioSSL, "PrometheusMetrics",
                hummingbird, asyncHTTPClient, logging, serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FlowmeterCommandsTests",
            dependencies: [
                "Bolt", "Claude", "Flow", "FlowMockNode", "Metering", "MeteringConformance", "MeteringSQLite",
                "FlowmeterCommands", "Oracle", "PrometheusMetrics", argumentParser, configuration, nioCore,
            ],
            swiftSettings: strict),
    ]
)
