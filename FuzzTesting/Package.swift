// swift-tools-version: 6.2

import PackageDescription

let harness = Target.Dependency.product(name: "ClaudeFuzzing", package: "flowmeter")
let flowHarness = Target.Dependency.product(name: "FlowFuzzing", package: "flowmeter")

let gatewayHarness = Target.Dependency.product(name: "GatewayFuzzing", package: "flowmeter")

let boltHarness = Target.Dependency.product(name: "BoltFuzzing", package: "flowmeter")

let package = Package(
    name: "fuzz-testing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "flowmeter", path: "../")],
    targets: [
        .executableTarget(name: "FuzzServerSentEvents", dependencies: [harness]),
        .executableTarget(name: "FuzzMessageUsage", dependencies: [harness]),
        .executableTarget(name: "FuzzTranscript", dependencies: [harness]),
        .executableTarget(name: "FuzzJSON", dependencies: [harness]),
        .executableTarget(name: "FuzzHTTPRequests", dependencies: [harness, gatewayHarness]),
        .executableTarget(name: "FuzzHTTPResponses", dependencies: [harness, gatewayHarness]),
        .executableTarget(name: "FuzzCadenceJSON", dependencies: [flowHarness]),
        .executableTarget(name: "FuzzRLP", dependencies: [flowHarness]),
        .executableTarget(name: "FuzzPackStream", dependencies: [boltHarness]),
        .executableTarget(name: "FuzzBoltStream", dependencies: [boltHarness]),
    ]
)
