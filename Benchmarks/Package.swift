// swift-tools-version: 6.2

import PackageDescription

let claude = Target.Dependency.product(name: "Claude", package: "flowmeter")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

// Build one product at a time, in release, from the repository's root:
// swift build -c release --package-path Benchmarks --scratch-path .build-bench --product TranscriptScanBenchmark
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "flowmeter", path: "../"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(name: "BoltBenchmark", dependencies: [.product(name: "Bolt", package: "flowmeter")]),
        .executableTarget(
            name: "FlowBenchmark",
            dependencies: [
                .product(name: "Flow", package: "flowmeter"),
                .product(name: "FlowMockNode", package: "flowmeter"),
            ]),
        .executableTarget(
            name: "GraphBenchmark",
            dependencies: [
                .product(name: "Bolt", package: "flowmeter"),
                .product(name: "Metering", package: "flowmeter"),
                .product(name: "MeteringNeo4j", package: "flowmeter"),
            ]),
        .executableTarget(
            name: "HTTPForwardingBenchmark",
            dependencies: [
                .product(name: "GatewayBenchmarking", package: "flowmeter"),
                nioCore,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "OracleBenchmark",
            dependencies: [
                .product(name: "Metering", package: "flowmeter"),
                .product(name: "MeteringSQLite", package: "flowmeter"),
                .product(name: "Oracle", package: "flowmeter"),
            ]),
        .executableTarget(name: "ResponseMeterBenchmark", dependencies: [claude, nioCore]),
        .executableTarget(
            name: "StoreBenchmark",
            dependencies: [
                .product(name: "Metering", package: "flowmeter"),
                .product(name: "MeteringSQLite", package: "flowmeter"),
            ]),
        .executableTarget(name: "TranscriptScanBenchmark", dependencies: [claude]),
    ]
)
