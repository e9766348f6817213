internal import Metering
internal import Oracle

/// Looks at what signs, prices by plan and settles: the operator's keys, the plans, the oracle and its ledger.
struct SettlementCheck: Sendable {
    var context: CommandContext

    func findings(_ settings: Settings) async throws -> [Finding] {
        let location: DataLocation
        do throws(CommandError) { location = try DataLocation(settings: settings, context: context) } catch {
            return []  // The check of the database has said why.
        }
        return [signingFinding(location.operatorKey), plansFinding(location.plans)]
            + [try await oracleFinding(location, settings)]
    }

    private func signingFinding(_ path: String) -> Finding {
        do throws(MeteringError) {
            guard let ring = try OperatorKeyFile(path: path).load() else {
                return .ok("signing", "\(path) does not exist yet; a key will be made when the first one is needed")
            }
            return .ok("signing", "key \(ring.current.id) signs; keep a backup of \(path)")
        } catch {
            return .failed(
                "signing", error.message, fix: "'chmod 600 \(path)' as its owner, or restore it from a backup")
        }
    }

    private func plansFinding(_ path: String) -> Finding {
        do throws(MeteringError) {
            let plans = try PlanFile(path: path).load()
            guard !plans.customers.isEmpty else { return .ok("plans", "everybody pays list prices") }
            return .ok("plans", "\(NumberText.counted(plans.customers.count, "customer")) with a plan of their own")
        } catch {
            return .failed("plans", error.message, fix: "correct the file, or move it away; 'serve' needs it whole")
        }
    }

    private func oracleFinding(_ location: DataLocation, _ settings: Settings) async throws -> Finding {
        let schedule: EpochSchedule?
        do throws(CommandError) { schedule = try EpochSchedule(settings) } catch { schedule = nil }
        do {
            return try await OracleParts.with(
                MemoryUsageStore(), store: location.oracle, ledger: location.ledger, schedule: schedule,
                context: context, mode: .read
            ) { store, ledger in
                guard let latest = try await CommitmentArchive(store).latest() else {
                    return .ok("oracle", "no epoch was closed yet; epochs of \(ledger.schedule.seconds) s")
                }
                let findings = try await store.report(of: latest.epoch)?.findings ?? []
                guard findings.isEmpty else {
                    return .failed(
                        "oracle", "the ledger is not as it should be: \(findings.joined(separator: "; "))",
                        fix: "see 'flowmeter oracle status' and 'flowmeter audit'")
                }
                return .ok("oracle", "epoch \(latest.epoch) is the latest, closed \(latest.closed)")
            }
        } catch let error as CancellationError {
            throw error
        } catch let error as MeteringError {
            let error = CommandError(error)
            return .failed("oracle", error.message, fix: error.fix ?? "restore oracle and ledger from a backup")
        } catch let error as OracleError {
            let error = CommandError(error)
            return .failed("oracle", error.message, fix: error.fix ?? "restore oracle and ledger from a backup")
        }
    }
}
