internal import Gateway
internal import Metering

/// Runs the checks of `doctor`, one after the other.
struct Examination: Sendable {
    var global: GlobalOptions
    var context: CommandContext

    /// Everything that was found.
    ///
    /// A check that fails never hides the others, unless they depend on it.
    func findings() async throws -> [Finding] {
        let settings: Settings
        do throws(CommandError) { settings = try global.settings(context: context) } catch {
            return [.failed("settings", error.message, fix: error.fix)]
        }
        var findings = try SettingsCheck().findings(settings)
        findings.append(keyFinding(settings))
        findings += try await UpstreamCheck(context: context).findings(settings)
        findings += try await StoreCheck(context: context).findings(settings)
        findings.append(pricesFinding(settings))
        findings += try await SettlementCheck(context: context).findings(settings)
        findings += try await FlowCheck(context: context).findings(settings)
        findings += try await FlareCheck().findings(settings)
        findings.append(try await PortCheck().finding(settings))
        return findings
    }

    private func keyFinding(_ settings: Settings) -> Finding {
        guard let key = settings.secret(.claudeAPIKey), let origin = settings.origin(of: .claudeAPIKey) else {
            do throws(CommandError) {
                _ = try ServeConfiguration.gateway(settings)
                return .ok("key", "CLAUDE_API_KEY is not set, and a local upstream needs none")
            } catch {
                return .failed(
                    "key", "CLAUDE_API_KEY is not set", fix: "put CLAUDE_API_KEY=sk-ant-… into .env or the environment")
            }
        }
        do { _ = try UpstreamKey(key.exposed) } catch {
            return .failed("key", error.message, fix: "check CLAUDE_API_KEY for blanks and line breaks")
        }
        guard key.exposed.hasPrefix("sk-ant-") else {
            return .warning(
                "key", "CLAUDE_API_KEY (\(origin.rawValue)) does not begin with sk-ant-",
                fix: "check that it is a key of the Claude API")
        }
        return .ok("key", "CLAUDE_API_KEY is set (\(origin.rawValue))")
    }

    private func pricesFinding(_ settings: Settings) -> Finding {
        do throws(CommandError) {
            let catalog = try PriceDirectory(settings: settings, context: context).catalog()
            let book = catalog.book(at: context.now())
            let missing = CurrentModels.names.filter { model in
                SKU.Dimension.priced.contains { book.prices[SKU(model: ModelName(rawValue: model), $0)] == nil }
            }
            guard missing.isEmpty else {
                return .failed(
                    "prices", "price book \(book.id) lacks \(missing.joined(separator: ", "))",
                    fix: "import a whole book: 'flowmeter prices export' is a start")
            }
            return .ok("prices", "\(book.id) is in force, \(book.prices.count) prices, all current models")
        } catch {
            return .failed("prices", error.message, fix: error.fix)
        }
    }
}

/// The models that a current price book must have.
enum CurrentModels {
    /// Their names, as of November 2026.
    static let names = [
        "claude-fable-5-2", "claude-haiku-5-5", "claude-mythos-5-2", "claude-opus-5-5", "claude-sonnet-5-5",
    ]
}
