internal import Flow

/// Looks at the Flow network, the account that sends, and the contract; only when any of them is configured.
struct FlowCheck: Sendable {
    var context: CommandContext

    private static let names: [SettingName] = [.flowNetwork, .flowAccessNodes, .flowAddress, .flowContractAddress]

    func findings(_ settings: Settings) async throws -> [Finding] {
        guard Self.names.contains(where: { settings.text($0) != nil }) else {
            return [.ok("flow", "not configured; the local ledger settles")]
        }
        var findings = try await FlowExamination(settings: settings, context: context).findings()
        if !findings.contains(where: { $0.verdict == .failed }) {
            findings += try await contractFindings(settings)
        }
        return findings.map { finding in
            var finding = finding
            finding.check = finding.check == "access node" ? "flow node" : "flow \(finding.check)"
            return finding
        }
    }

    private func contractFindings(_ settings: Settings) async throws -> [Finding] {
        do {
            guard let address = try FlowOptions.contract(settings) else { return [] }
            let names = try await FlowOptions.withClient(settings) { client in
                try await client.account(address, withContracts: true).contracts.keys.sorted()
            }
            guard !names.isEmpty else {
                return [
                    .failed(
                        "contract", "FLOW_CONTRACT_ADDRESS \(address) has no contract",
                        fix: "deploy the contracts there, or correct the address or FLOW_NETWORK")
                ]
            }
            return [
                .ok(
                    "contract",
                    "\(address) has \(names.joined(separator: ", ")); this version settles on the local ledger")
            ]
        } catch let error as CommandError {
            return [.failed("contract", error.message, fix: error.fix)]
        }
    }
}
