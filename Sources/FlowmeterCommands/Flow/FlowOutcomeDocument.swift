internal import Flow

/// How a transaction ended, for people and as JSON.
struct FlowOutcomeDocument: Encodable, Sendable {
    var id: String?
    var succeeded: Bool
    var block: String?
    var computation: UInt64?
    var fee: String?
    var reason: String?
    var code: Int?
    var message: String?
    /// The indices of the keys that it added, if that is what it did.
    var keys: [UInt32]?

    init(_ outcome: TransactionOutcome) {
        switch outcome {
        case .succeeded(let success):
            succeeded = true
            id = success.id.description
            block = success.blockID?.description
            computation = success.computationUsed
            fee = success.fee?.description
        case .failed(let failure):
            succeeded = false
            id = failure.id?.description
            reason = failure.reason.rawValue
            code = failure.code?.rawValue
            message = failure.message
        }
    }

    /// One line for each thing that is known.
    var text: String {
        let lines: [(String, String?)] = [
            ("transaction", id), ("result", succeeded ? "sealed" : "failed: \(reason ?? "")"), ("block", block),
            ("keys", keys.map { $0.map(String.init).joined(separator: " ") }),
            ("computation", computation.map(String.init)), ("fee", fee.map { "\($0) FLOW" }),
            ("code", code.map(String.init)), ("message", message.map { TerminalText.paragraph($0, indent: 13) }),
        ]
        return lines.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 13 - name.count) + $0 + "\n" }
        }.joined()
    }

    /// Writes it, and ends the command with status 1 when the transaction failed.
    func write(asJSON isJSON: Bool, to output: TextOutput) throws {
        try output.write(isJSON ? try JSONText.document(self) : text)
        if !succeeded { throw ExitRequest(status: .failed) }
    }
}
