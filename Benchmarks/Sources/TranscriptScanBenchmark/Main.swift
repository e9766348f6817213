import Claude

/// Measures how fast transcripts are scanned and their responses collected, on one core.
///
///     TranscriptScanBenchmark FILE [ROUNDS]
///
/// Prints one line per measure: name, megabytes (10⁶ bytes) per second of CPU time, and what was found.
@main
enum TranscriptScanBenchmark {
    static func main() throws {
        guard CommandLine.arguments.count >= 2 else { throw Usage() }
        let file = try TranscriptFile(path: CommandLine.arguments[1])
        let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 4 : 4

        try measure("scan", rounds, file.size) {
            var collector = TranscriptCollector(files: [file], now: .max / 2)
            while collector.scanBlock() {}
            return (collector.linesScanned, collector.responseCount ?? 0, collector.problemCount)
        }
        try measure("import", rounds, file.size) {
            var collector = TranscriptCollector(files: [file], now: .max / 2)
            var responses = 0
            while case let entries = collector.nextEntries(maximum: 1000), !entries.isEmpty {
                responses += entries.count
            }
            return (collector.linesScanned, responses, collector.problemCount)
        }
    }

    static func measure(
        _ name: String, _ rounds: Int, _ bytes: Int64,
        _ body: () throws -> (lines: Int64, responses: Int, problems: Int)
    ) throws {
        var best = Int64.max
        var total: Int64 = 0
        var found: (lines: Int64, responses: Int, problems: Int) = (0, 0, 0)
        for _ in 0..<rounds {
            let start = processNanoseconds()
            found = try body()
            let elapsed = processNanoseconds() - start
            best = min(best, elapsed)
            total += elapsed
        }
        let mean = bytes * 1000 * Int64(rounds) / max(total, 1)
        print(
            "\(name) \(mean) MB/s mean, \(bytes * 1000 / max(best, 1)) MB/s best of \(rounds);",
            "\(found.lines) lines, \(found.responses) responses, \(found.problems) problems")
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String { "usage: TranscriptScanBenchmark FILE [ROUNDS]" }
    }
}
