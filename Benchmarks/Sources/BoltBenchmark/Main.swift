import Bolt

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Measures the Bolt driver against a server, with the work that dev/bench/bolt.py does with the Python driver.
///
///     BoltBenchmark URI USER PASSWORD MEASURE...
///
/// Prints one line per measure: name, operations (or rows) per second, microseconds of this process's CPU time for each.
@main
enum BoltBenchmark {
    static func main() async {
        do {
            try await measure(CommandLine.arguments)
        } catch {
            let text = "BoltBenchmark: \(error)\n"
            _ = write(STDERR_FILENO, text, text.utf8.count)
            exit(1)
        }
    }

    private static func measure(_ arguments: [String]) async throws {
        guard arguments.count >= 5 else { throw Usage() }
        let authentication = BoltAuthentication.basic(username: arguments[2], password: arguments[3])
        try await BoltDriver.withDriver(arguments[1], authentication: authentication) { driver in
            for measure in arguments[4...] { try await run(measure, driver) }
        }
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String {
            "usage: BoltBenchmark URI USER PASSWORD MEASURE…, of auto, transaction and managed (each also with -on-loop), "
                + "execute, execute-one-write, rows, rows-at-once, encode, unwind"
        }
    }
    struct WrongCount: Error, CustomStringConvertible {
        var found: Int
        var description: String { "the server sent \(found) rows, which is not what was asked for" }
    }

    static func run(_ measure: String, _ driver: BoltDriver) async throws {
        let session = BoltSessionConfiguration(database: "neo4j")
        var query = BoltQueryConfiguration(database: "neo4j")
        query.bookmarks = .none
        switch measure {
        case "auto", "auto-on-loop":
            var session = session
            session.staysOnEventLoop = measure == "auto-on-loop"
            try await driver.withSession(session) { session in
                try await time(measure, 4000) { count in
                    for _ in 0..<count { _ = try await session.run("RETURN 1 AS x").collect() }
                }
            }
        case "transaction", "transaction-on-loop":
            var session = session
            session.staysOnEventLoop = measure == "transaction-on-loop"
            try await driver.withSession(session) { session in
                try await session.withTransaction { transaction in
                    try await time(measure, 4000) { count in
                        for _ in 0..<count { _ = try await transaction.run("RETURN 1 AS x").collect() }
                    }
                }
            }
        case "managed", "managed-on-loop":
            var session = session
            session.staysOnEventLoop = measure == "managed-on-loop"
            try await driver.withSession(session) { session in
                try await time(measure, 3000) { count in
                    for _ in 0..<count {
                        _ = try await session.executeRead { try await $0.run("RETURN 1 AS x").collect() }
                    }
                }
            }
        case "execute":
            try await time(measure, 3000) { [query] count in
                for _ in 0..<count { try await driver.executeQuery("RETURN 1 AS x", configuration: query) }
            }
        case "execute-one-write":
            query.commitsInSameWrite = true
            try await time(measure, 3000) { [query] count in
                for _ in 0..<count { try await driver.executeQuery("RETURN 1 AS x", configuration: query) }
            }
        case "rows", "rows-at-once":
            var session = session
            session.fetchSize = measure == "rows" ? 1000 : -1
            try await driver.withSession(session) { session in
                try await time(measure, 100_000) { count in try await rows(count, session) }
            }
        case "encode":
            let rows = parameters()
            try await time(measure, 200_000) { count in
                for _ in 0..<(count / rows.count) { _ = try BoltValue(rows) }
            }
        case "unwind":
            let rows = parameters()
            try await driver.withSession(session) { session in
                try await time(measure, 50_000) { count in
                    for _ in 0..<(count / rows.count) {
                        let result = try await session.run("UNWIND \(rows) AS r RETURN count(r) AS n")
                        _ = try await result.single().decode(Int.self)
                    }
                }
            }
        default: throw Usage()
        }
    }

    /// Streams rows of five columns and decodes every column.
    static func rows(_ count: Int, _ session: BoltSession) async throws {
        let result = try await session.run(
            """
            /* ROWS \(unsafe: "\(count)") */ UNWIND range(1, \(unsafe: "\(count)")) AS i
            RETURN i, 'name-' + toString(i) AS s, i * 0.5 AS f, i % 2 = 0 AS b, 'constant' AS c
            """)
        var (seen, sum) = (0, 0.0)
        for try await record in result {
            let (i, s, f, b, c) = try record.decode(Int.self, String.self, Double.self, Bool.self, String.self)
            sum += f + Double(i + s.utf8.count + c.utf8.count) + (b ? 1 : 0)
            seen += 1
        }
        guard seen == count, sum > 0 else { throw WrongCount(found: seen) }
    }

    /// Runs the work twice, the first time to warm up, and prints what the second took.
    static func time(_ name: String, _ count: Int, _ work: (Int) async throws -> Void) async throws {
        try await work(count)
        let (start, cpu) = (ContinuousClock.now, processNanoseconds())
        try await work(count)
        let (elapsed, used) = (ContinuousClock.now - start, processNanoseconds() - cpu)
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        print(name, Int(Double(count) / seconds), Double(used / Int64(max(1, count / 1000))) / 1e6)
    }
}
