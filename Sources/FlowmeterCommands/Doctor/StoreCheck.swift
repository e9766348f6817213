internal import FoundationEssentials
internal import Metering
internal import MeteringSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Looks at the database and its disk.
struct StoreCheck: Sendable {
    var context: CommandContext

    /// The least free space that is enough, and the least that is not yet a failure.
    private static let (comfortable, least): (Int64, Int64) = (1 << 30, 64 << 20)

    func findings(_ settings: Settings) async throws -> [Finding] {
        let path: String
        do throws(CommandError) { path = try DataLocation(settings: settings, context: context).database } catch {
            return [.failed("database", error.message, fix: error.fix)]
        }
        let neo4j: Neo4jCheck?
        do throws(CommandError) { neo4j = try Neo4jCheck(settings: settings, context: context) } catch {
            return [.failed("neo4j", error.message, fix: error.fix)]
        }
        var findings: [Finding] = []
        if let neo4j {
            findings += await neo4j.findings { (store) async throws(MeteringError) in
                try await contentFindings(store, settings: settings)
            }
        } else if FileManager.default.fileExists(atPath: path) {
            findings += try await openStore(path, settings)
        } else {
            let directory = existingDirectory(above: path)
            findings.append(
                access(directory, W_OK) == 0
                    ? .ok("database", "\(path) does not exist yet; it will be made when it is needed")
                    : .failed(
                        "database", "\(path) does not exist, and \(directory) is not writable",
                        fix: "make \(directory) writable, or choose another path with --database"))
        }
        findings.append(diskFinding(existingDirectory(above: neo4j?.queue ?? path)))
        return findings
    }

    private func openStore(_ path: String, _ settings: Settings) async throws -> [Finding] {
        guard access(path, W_OK) == 0, access(DataLocation.directory(of: path), W_OK) == 0 else {
            return [
                .failed(
                    "database", "\(path) or its directory is not writable",
                    fix: "make both writable for the user that runs flowmeter")
            ]
        }
        var options = SQLiteUsageStore.Options()
        options.checksIntegrity = true
        do {
            let store = try SQLiteUsageStore(path: path, mode: .readOnly, options: options)
            let findings: [Finding]
            do {
                findings =
                    [.ok("database", "\(path) is whole and writable")]
                    + (try await contentFindings(store, settings: settings))
            } catch {
                try await store.close()
                throw error
            }
            try await store.close()
            return findings
        } catch let error as MeteringError {
            let error = CommandError(error)
            return [.failed("database", error.message, fix: error.fix)]
        }
    }

    private func contentFindings(
        _ store: any UsageStore, settings: Settings
    ) async throws(MeteringError) -> [Finding] {
        let sums = try await store.usage(UsageQuery(by: .total)).first?.sums ?? UsageSums()
        var findings: [Finding] = [.ok("usage", "\(NumberText.counted(sums.calls, "event")) on record")]
        if sums.unpriced > 0 {
            findings.append(
                .warning(
                    "unpriced", "\(NumberText.counted(sums.unpriced, "event")) without a price",
                    fix: "see 'flowmeter events list --unpriced'"))
        }
        let keys = try await store.keys().filter { $0.revoked == nil }
        let customers = try await store.customers()
        let text = "\(NumberText.counted(customers.count, "customer")), \(NumberText.counted(keys.count, "good key"))"
        let isLoopback = (settings.text(.host).map { ListenAddress(host: $0, port: 0).isLoopback }) ?? true
        if keys.isEmpty, !isLoopback {
            findings.append(
                .failed(
                    "access", "\(text), and FLOWMETER_HOST is not loopback: 'serve' will refuse to start",
                    fix: "run 'flowmeter customers create NAME' and 'flowmeter keys create NAME'"))
        } else {
            findings.append(.ok("access", keys.isEmpty ? "\(text): only this machine is served" : text))
        }
        findings.append(try await clockFinding(store))
        return findings
    }

    /// A clock that is behind what was already recorded would date new events wrongly, and rate them wrongly.
    private func clockFinding(_ store: any UsageStore) async throws(MeteringError) -> Finding {
        let now = context.now()
        var latest = PriceCatalog.anthropic.books.last?.effectiveFrom ?? now
        for head in try await store.chainHeads() {
            let last = try await store.events(of: head.customer, after: head.sequence - 1, limit: 1).last
            if let time = last?.event.time { latest = max(latest, time) }
        }
        guard latest.milliseconds - now.milliseconds <= 300_000 else {
            return .failed(
                "clock", "it is \(now), but something was recorded at \(latest)",
                fix: "set the clock, and keep it right with NTP")
        }
        return .ok("clock", "\(now), later than everything on record")
    }

    private func diskFinding(_ directory: String) -> Finding {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else {
            return .warning("disk", "the free space at \(directory) cannot be found out", fix: "look at it with df")
        }
        let free = Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        let text = "\(NumberText.bytes(free)) free at \(directory)"
        if free < Self.least { return .failed("disk", text, fix: "make room: events cannot be stored on a full disk") }
        if free < Self.comfortable {
            return .warning("disk", text, fix: "make room; a million events take about 400 MiB")
        }
        return .ok("disk", text)
    }

    /// The nearest directory above the file that exists.
    private func existingDirectory(above path: String) -> String {
        var directory = DataLocation.directory(of: path)
        while directory != "/", !FileManager.default.fileExists(atPath: directory) {
            directory = DataLocation.directory(of: directory)
        }
        return directory
    }
}
