internal import FoundationEssentials

/// Looks whether the Flare node answers, and which chain it is of; only when one is configured.
struct FlareCheck: Sendable {
    /// The chains by their ids.
    private static let chains: [UInt64: String] = [14: "Flare", 16: "Coston", 19: "Songbird", 114: "Coston2"]

    private struct Answer: Decodable {
        var result: String?
    }

    func findings(_ settings: Settings) async throws -> [Finding] {
        let configured: FlareEndpoint?
        do throws(CommandError) { configured = try FlareEndpoint(settings) } catch {
            return []  // The check of the settings has said why.
        }
        guard let endpoint = configured else {
            return [.ok("flare", "not configured; epochs are signed by the operator alone")]
        }
        return [try await finding(endpoint)]
    }

    private func finding(_ endpoint: FlareEndpoint) async throws -> Finding {
        let question = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#
        guard let answer = try await HTTPProbe.post(question, to: endpoint.url, seconds: 5) else {
            return .failed(
                "flare", "\(endpoint.origin) cannot be reached", fix: "check the network, or correct FLARE_ENDPOINT")
        }
        guard answer.status == 200, let id = Self.chainID(answer.body) else {
            return .failed(
                "flare", "\(endpoint.origin) answers with HTTP \(answer.status), and names no chain",
                fix: "set FLARE_ENDPOINT to a node's RPC address, such as https://coston2-api.flare.network/ext/C/rpc")
        }
        guard let chain = Self.chains[id] else {
            return .failed(
                "flare", "\(endpoint.origin) is of chain \(id), which is none of Flare's",
                fix: "set FLARE_ENDPOINT to a node of Flare (14) or Coston2 (114)")
        }
        return .ok("flare", "\(endpoint.origin) answers: \(chain), chain \(id)")
    }

    /// The chain's id in a JSON-RPC answer, a hexadecimal quantity.
    static func chainID(_ body: String) -> UInt64? {
        let answer: Answer
        do { answer = try JSONDecoder().decode(Answer.self, from: Data(body.utf8)) } catch {
            return nil  // No JSON-RPC, so no node.
        }
        guard let text = answer.result, text.hasPrefix("0x") else { return nil }
        return UInt64(text.dropFirst(2), radix: 16)
    }
}
