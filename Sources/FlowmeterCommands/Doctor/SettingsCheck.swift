internal import Metering
internal import Oracle

/// Reads every setting as the commands would, and tells which are set and which make no sense.
struct SettingsCheck: Sendable {
    func findings(_ settings: Settings) throws -> [Finding] {
        var findings: [Finding] = []
        for read in Self.readers {
            do { try read(settings) } catch let error as CommandError {
                findings.append(.failed("settings", error.message, fix: error.fix))
            }
        }
        guard findings.isEmpty else { return findings }
        let set = SettingName.allCases.compactMap { name in
            settings.origin(of: name).map { "\(name.rawValue) (\($0.rawValue))" }
        }
        return [.ok("settings", set.isEmpty ? "all at their defaults" : set.joined(separator: ", "))]
    }

    /// What reads settings; the key, the upstream and the database have checks of their own.
    private static let readers: [@Sendable (Settings) throws -> Void] = [
        { _ = try ListenAddress(settings: $0) },
        { _ = try $0.integer(.threads, in: 1...1024) },
        { _ = try ServeConfiguration.adminToken($0) },
        { _ = try ServeConfiguration.runsOracle($0) },
        { _ = try EpochSchedule($0) },
        { _ = try SettlementPolicy($0) },
        { _ = try $0.integer(.leaseSeconds, in: 1...3_600) },
        { _ = try ConsoleOptions.logLevel($0) },
        { _ = try FlowOptions.network($0) },
        { _ = try FlowOptions.nodes($0) },
        { _ = try FlowOptions.contract($0) },
        { _ = try FlareEndpoint($0) },
    ]
}
