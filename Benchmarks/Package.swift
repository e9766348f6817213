// swift-tools-version: 6.2

import PackageDescription

// Build one product at a time, in release, from the repository's root:
// swift build -c release --package-path Benchmarks --scratch-path .build-bench --product TranscriptScanBenchmark
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "flowmeter", path: "../")],
    targets: [
        .executableTarget(
            name: "TranscriptScanBenchmark", dependencies: [.product(name: "Claude", package: "flowmeter")])
    ]
)
