// A transaction can be in two blocks, when it reached two clusters of collection nodes. It runs in the first of them; in the
// second its sequence number is used. Nodes tell the result of the one that they saw first, which need not be the one that
// ran first (flow-go `engine/access/rpc/backend/transactions`, `lookupSubmittedTransactionResult`). Signed anew for such a
// failure, it would happen twice.
extension TransactionFollower {
    /// The verdict on a sealed result.
    func verdict(_ attempt: SignedAttempt, _ result: TransactionResult) async throws(FlowError) -> Verdict {
        let number = attempt.transaction.proposalKey.sequenceNumber
        guard let failure = result.failure, failure.code == .invalidSequenceNumber, let block = result.blockID,
            failure.actualSequenceNumber ?? .max > number
        else { return .sealed(result) }
        let last = try await insist { () throws(FlowError) in try await client.block(.id(block)).height }
        var places: [UInt64] = []
        // It can be in no block up to the one that it refers to.
        for height in stride(from: attempt.referenceHeight + 1, through: last, by: 1) {
            places += try await insist { () throws(FlowError) in try await occurrences(attempt.id, at: height) }
        }
        guard places.count > 1 else { return .sealed(result) }
        for height in Set(places).sorted() {
            guard let results = try await results(attempt.id, at: height) else {
                return .indeterminate(reason: "; it is in the blocks \(places), and what it did there cannot be read")
            }
            if let ran = results.first(where: { $0.failure?.code != .invalidSequenceNumber }) { return .sealed(ran) }
        }
        return .sealed(result)
    }

    /// The height, as often as the transaction is in the block there.
    private func occurrences(_ id: FlowIdentifier, at height: UInt64) async throws(FlowError) -> [UInt64] {
        var places: [UInt64] = []
        for collection in try await client.block(.height(height), withPayload: true).payload?.collectionIDs ?? [] {
            places += try await client.collection(collection).transactionIDs.filter { $0 == id }.map { _ in height }
        }
        return places
    }

    /// The transaction's results in a block; `nil` when the nodes do not tell them.
    private func results(_ id: FlowIdentifier, at height: UInt64) async throws(FlowError) -> [TransactionResult]? {
        for _ in 0..<configuration.lastQuestions {
            do throws(FlowError) {
                let transactions = try await client.transactions(inBlock: .height(height))
                let results = try await client.results(inBlock: .height(height))
                let own = zip(transactions, results).filter { $0.0.id == id }.map(\.1)
                if transactions.count == results.count, own.allSatisfy(\.isSealed) { return own }
            } catch {
                if Task.isCancelled {
                    throw FlowError(.closed, "following the transaction was cancelled", cause: error)
                }
            }
            try await client.sleep(configuration.pollInterval)
        }
        return nil
    }

    /// Asks until a node answers.
    private func insist<Value>(
        _ question: () async throws(FlowError) -> Value
    ) async throws(FlowError) -> Value {
        while true {
            do throws(FlowError) { return try await question() } catch {
                if Task.isCancelled {
                    throw FlowError(.closed, "following the transaction was cancelled", cause: error)
                }
            }
            try await client.sleep(configuration.pollInterval)
        }
    }
}
