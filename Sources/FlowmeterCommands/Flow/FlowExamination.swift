internal import Flow

/// Runs the checks of `flow doctor`.
struct FlowExamination: Sendable {
    var settings: Settings
    var context: CommandContext

    func findings() async throws -> [Finding] {
        let network: FlowOptions.Network
        let nodes: [AccessNode]
        do throws(CommandError) {
            network = try FlowOptions.network(settings)
            nodes = try FlowOptions.nodes(settings)
        } catch {
            return [.failed("settings", error.message, fix: error.fix)]
        }
        let findings = FlowNodeReport.findings(try await FlowNodeReport.reports(on: nodes), network)
        guard !findings.contains(where: { $0.verdict == .failed }) else { return findings }
        return findings + (try await accountFindings(network))
    }

    private func accountFindings(_ network: FlowOptions.Network) async throws -> [Finding] {
        guard settings.text(.flowAddress) != nil else {
            return [
                .warning(
                    "account", "FLOWMETER_FLOW_ADDRESS is not set: nothing can be sent",
                    fix: "set it and FLOWMETER_FLOW_KEY to send transactions")
            ]
        }
        let credentials: FlowCredentials
        do throws(CommandError) {
            credentials = try FlowCredentials(settings, network: network, context: context)
        } catch {
            return [.failed("account", error.message, fix: error.fix)]
        }
        do {
            return try await FlowOptions.withClient(settings) { client in
                let key = try await client.key(credentials.keyIndex, of: credentials.address)
                let balance = try await client.balance(of: credentials.address)
                return [keyFinding(key, credentials), balanceFinding(balance, credentials)]
            }
        } catch let error as CommandError {
            return [.failed("account", error.message, fix: error.fix)]
        }
    }

    private func keyFinding(_ key: AccountKey, _ credentials: FlowCredentials) -> Finding {
        let name = "key \(key.index) of \(credentials.address)"
        guard key.publicKey == credentials.key.publicKey else {
            return .failed("key", "\(name) is not FLOWMETER_FLOW_KEY's", fix: "check FLOWMETER_FLOW_KEY_INDEX")
        }
        guard key.hashAlgorithm == credentials.hash else {
            return .failed(
                "key", "\(name) hashes with \(key.hashAlgorithm.rawValue)",
                fix: "set FLOWMETER_FLOW_HASH_ALGORITHM=\(key.hashAlgorithm.rawValue)")
        }
        guard !key.isRevoked else { return .failed("key", "\(name) was revoked", fix: "use another key") }
        guard key.weight >= AccountKey.threshold else {
            return .failed(
                "key", "\(name) weighs \(key.weight), and \(AccountKey.threshold) are needed",
                fix: "use a key of full weight")
        }
        return .ok("key", "\(name) is FLOWMETER_FLOW_KEY's, sequence number \(key.sequenceNumber)")
    }

    private func balanceFinding(_ balance: UFix64, _ credentials: FlowCredentials) -> Finding {
        // The most that one transaction can cost, at the prices of FLIP 351.
        guard balance.scaled >= 50_000_000 else {
            return .warning(
                "balance", "\(balance) FLOW: a transaction of the highest gas limit may need 0.4 FLOW",
                fix: "send some FLOW to \(credentials.address)")
        }
        return .ok("balance", "\(balance) FLOW")
    }
}
