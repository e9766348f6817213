internal import Bolt
internal import Metering
internal import MeteringNeo4j
internal import MeteringSQLite

/// Looks at Neo4j, and at the queue of events on their way to it.
struct Neo4jCheck: Sendable {
    /// The queue's path.
    let queue: String
    private let location: Neo4jLocation
    private let limit: Int64

    /// How long the server may take.
    private static let patience = Duration.seconds(5)

    /// The check of what the settings name; `nil` when usage is kept in SQLite.
    init?(settings: Settings, context: CommandContext) throws(CommandError) {
        guard let location = try Neo4jLocation(settings: settings) else { return nil }
        self.location = location
        queue = try DataLocation(settings: settings, context: context).spool
        let megabytes = try settings.integer(.spoolMegabytes, in: 1...1_048_576)
        limit = megabytes.map { Int64($0) << 20 } ?? SQLiteEventSpool.Options().limit
    }

    /// What was found; `content` looks into the store, when that can be reached.
    func findings(
        content: (any UsageStore) async throws(MeteringError) -> [Finding]
    ) async -> [Finding] {
        var findings: [Finding] = []
        do throws(CommandError) {
            let driver = try location.driver(patience: Self.patience, answersWithin: Self.patience)
            defer { driver.close() }
            findings += await serverFindings(driver, content: content)
        } catch {
            findings.append(.failed("neo4j", error.message, fix: error.fix))
        }
        findings.append(queueFinding())
        return findings
    }

    private func serverFindings(
        _ driver: BoltDriver, content: (any UsageStore) async throws(MeteringError) -> [Finding]
    ) async -> [Finding] {
        let server: BoltServerInformation
        do throws(BoltError) { server = try await driver.verifyConnectivity(database: location.database) } catch {
            let error = CommandError(error, at: location)
            return [.failed("neo4j", error.message, fix: error.fix)]
        }
        var findings: [Finding] = [
            .ok("neo4j", "\(location) lets us in: \(server.agent), Bolt \(server.protocolVersion)")
        ]
        do throws(BoltError) {
            let missing = try await GraphSchema.missing(on: driver, database: location.database)
            guard missing.isEmpty else {
                findings.append(
                    .warning(
                        "schema", "the graph lacks \(missing.joined(separator: ", "))",
                        fix: "start 'flowmeter serve' with a user who may create constraints; it makes what is missing")
                )
                return findings
            }
            findings.append(.ok("schema", "all constraints are there"))
        } catch {
            let error = CommandError(error, at: location)
            return findings + [.failed("schema", error.message, fix: error.fix)]
        }
        do throws(MeteringError) {
            findings += try await content(Neo4jUsageStore(driver: driver, database: location.database))
        } catch {
            let error = CommandError(error)
            findings.append(.failed("usage", error.message, fix: error.fix))
        }
        return findings
    }

    private func queueFinding() -> Finding {
        let waiting: (events: Int64, bytes: Int64)?
        do throws(MeteringError) { waiting = try SQLiteEventSpool.waiting(at: queue) } catch {
            return .failed("queue", error.message, fix: "look at the file, or choose another with FLOWMETER_SPOOL")
        }
        guard let waiting else { return .ok("queue", "\(queue) does not exist yet; 'serve' makes it") }
        let isInUse = SpoolLock.isHeld(path: queue)
        let text =
            "\(NumberText.counted(waiting.events, "event")) wait\(waiting.events == 1 ? "s" : "") in \(queue), "
            + "\(NumberText.bytes(waiting.bytes)) of \(NumberText.bytes(limit))"
        if waiting.bytes >= limit {
            return .failed(
                "queue", text + ": no new calls are let in",
                fix: "make Neo4j reachable, or raise FLOWMETER_SPOOL_MEGABYTES and restart 'flowmeter serve'")
        }
        guard waiting.events > 0, !isInUse else { return .ok("queue", text) }
        return .warning("queue", text + ", and no gateway forwards them", fix: "start 'flowmeter serve'")
    }
}
