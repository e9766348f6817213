extension MockChain {
    /// A failure before the body: it costs nothing and leaves the sequence number.
    private struct Refusal: Error {
        var code: Int
        var step: String
        var message: String
    }

    /// Runs one transaction of a block: signatures, sequence number, then body (flow-go `fvm/transactionInvoker.go`).
    mutating func execute(_ id: String, at height: UInt64) -> Result {
        guard let entry = entries[id] else { return Result() }
        let transaction = entry.transaction
        do {
            try verify(transaction, at: height)
            try useSequenceNumber(transaction, at: height)
        } catch {
            count(transaction.logicalID) { $0.refused += 1 }
            if error.code == 1007 { countSequenceError() }
            return Result(errorMessage: Self.text(error.code, error.step, error.message))
        }
        let run = run(transaction, id, at: height)
        count(transaction.logicalID) { if run.failure == nil { $0.succeeded += 1 } else { $0.failed += 1 } }
        var result = Result(computation: run.computation)
        var events = run.events
        if let failure = run.failure {
            result.errorMessage = Self.text(failure.code, "transaction execute failed", failure.message)
        }
        if settings.chargesFees { events.append(deductFees(transaction.payer, run.computation, at: height)) }
        let index = entry.place?.index ?? 0
        result.events = events.enumerated().map { position, event in
            EmittedEvent(event: event, transactionID: id, transactionIndex: index, eventIndex: position)
        }
        return result
    }

    /// The text of a failed transaction, laid out as the node does.
    static func text(_ code: Int, _ step: String, _ message: String) -> String {
        "[Error Code: \(code)] error caused by: 1 error occurred:\n\t* \(step): [Error Code: \(code)] \(message)\n\n"
    }

    // MARK: Signatures and sequence number

    /// flow-go `fvm/transactionVerifier.go`: any signature that is not valid is reported under the proposal's code.
    private func verify(_ transaction: MockTransaction, at height: UInt64) throws(Refusal) {
        let payload = try weights(transaction, transaction.payloadSignatures, transaction.payload, 1008, height)
        let envelope = try weights(transaction, transaction.envelopeSignatures, transaction.envelope, 1009, height)
        let isProposed = (transaction.payloadSignatures + transaction.envelopeSignatures).contains {
            $0.address == transaction.proposer && $0.keyIndex == transaction.proposalKeyIndex
        }
        guard isProposed else {
            throw proposal(transaction, "either the payload or the envelope should provide proposal signatures")
        }
        for address in transaction.authorizers where address != transaction.payer {
            try check(payload[address] ?? 0, of: address, "authorizer")
        }
        try check(envelope[transaction.payer] ?? 0, of: transaction.payer, "payer")
    }

    private func check(_ weight: Int, of address: MockAddress, _ role: String) throws(Refusal) {
        guard weight >= 1000 else {
            throw Refusal(
                code: 1055, step: "transaction verification failed",
                message: "authorization failed for account \(address): \(role) account does not have sufficient "
                    + "signatures (\(weight) < 1000)")
        }
    }

    private func weights(
        _ transaction: MockTransaction, _ signatures: [MockTransaction.Signature], _ message: [UInt8], _ code: Int,
        _ height: UInt64
    ) throws(Refusal) -> [MockAddress: Int] {
        var weights: [MockAddress: Int] = [:]
        for signature in signatures {
            let place = "public key \(signature.keyIndex) on account \(signature.address)"
            guard let keys = accounts[signature.address]?.keys, Int(signature.keyIndex) < keys.count else {
                throw proposal(transaction, "[Error Code: \(code)] invalid signature: \(place) does not exist")
            }
            let key = keys[Int(signature.keyIndex)]
            if key.isRevoked.latest {
                throw proposal(
                    transaction, "[Error Code: \(code)] invalid signature: \(place): account key has been revoked")
            }
            guard SignatureCheck.isValid(signature, over: message, by: key.key) else {
                throw proposal(
                    transaction, "[Error Code: \(code)] invalid signature: \(place): signature is not valid")
            }
            weights[signature.address, default: 0] += key.key.weight
        }
        return weights
    }

    private func proposal(_ transaction: MockTransaction, _ message: String) -> Refusal {
        Refusal(
            code: 1006, step: "transaction verification failed",
            message: "invalid proposal key: public key \(transaction.proposalKeyIndex) on account "
                + "\(transaction.proposer) does not have a valid signature: \(message)")
    }

    private mutating func useSequenceNumber(_ transaction: MockTransaction, at height: UInt64) throws(Refusal) {
        let index = Int(transaction.proposalKeyIndex)
        guard let key = accounts[transaction.proposer]?.keys[index] else { return }
        let expected = key.sequenceNumber.latest
        guard transaction.sequenceNumber == expected else {
            throw Refusal(
                code: 1007, step: "checking sequence number failed",
                message: "invalid proposal key: public key \(index) on account \(transaction.proposer) has sequence "
                    + "number \(expected), but given \(transaction.sequenceNumber)")
        }
        accounts[transaction.proposer]?.keys[index].sequenceNumber.set(expected + 1, at: height)
    }

    // MARK: Body

    private struct Run {
        var failure: (code: Int, message: String)?
        var computation: UInt64
        var events: [MockEvent] = []
    }

    private mutating func run(_ transaction: MockTransaction, _ id: String, at height: UInt64) -> Run {
        if let failure = CadenceSource.failure(of: transaction) { return Run(failure: failure, computation: 0) }
        if let failure = insufficientBalance(transaction) { return Run(failure: failure, computation: 0) }
        let execution = executor(transaction)
        let computation = min(execution.computation, transaction.gasLimit)
        let outOfGas = (1110, "computation exceeds limit (\(transaction.gasLimit))")
        switch execution.outcome {
        case .outOfGas: return Run(failure: outOfGas, computation: transaction.gasLimit)
        case .success where execution.computation > transaction.gasLimit:
            return Run(failure: outOfGas, computation: transaction.gasLimit)
        case .failure(let code, let message):
            let text =
                code == 1101
                ? "cadence runtime error: Execution failed:\nerror: \(message)\n  --> \(id):3:5\n" : message
            return Run(failure: (code, text), computation: computation)
        case .success:
            let before = (accounts, accountCount)
            do {
                var events = execution.events
                for effect in execution.effects { events += try apply(effect, at: height) }
                return Run(computation: computation, events: events)
            } catch {
                (accounts, accountCount) = before
                return Run(failure: (error.code, error.message), computation: computation)
            }
        }
    }

    // MARK: Fees (FLIP 351: 1e-4 FLOW, and 4e-5 FLOW for each unit of computation)

    private func fee(_ computation: UInt64) -> UInt64 { 10_000 + 4_000 * computation }

    private func insufficientBalance(_ transaction: MockTransaction) -> (code: Int, message: String)? {
        guard settings.chargesFees else { return nil }
        let needed = fee(transaction.gasLimit)
        let balance = accounts[transaction.payer]?.balance.latest ?? 0
        guard balance < needed else { return nil }
        return (
            1118,
            "payer \(transaction.payer) has insufficient balance to attempt transaction execution "
                + "(required balance: \(FixedPoint.text(needed)))"
        )
    }

    private mutating func deductFees(_ payer: MockAddress, _ computation: UInt64, at height: UInt64) -> MockEvent {
        let amount = min(fee(computation), accounts[payer]?.balance.latest ?? 0)
        if let balance = accounts[payer]?.balance.latest { accounts[payer]?.balance.set(balance - amount, at: height) }
        return MockEvent(
            type: "A.\(settings.network.feesContract).FlowFees.FeesDeducted",
            fields: [
                ("amount", FixedPoint.json(amount)), ("inclusionEffort", FixedPoint.json(100_000_000)),
                ("executionEffort", FixedPoint.json(computation)),
            ])
    }
}

/// UFix64 values, scaled by 1e8.
enum FixedPoint {
    static func text(_ scaled: UInt64) -> String {
        let fraction = String(scaled % 100_000_000)
        return "\(scaled / 100_000_000).\(String(repeating: "0", count: 8 - fraction.count))\(fraction)"
    }

    static func json(_ scaled: UInt64) -> String { #"{"value":"\#(text(scaled))","type":"UFix64"}"# }
}
