// A transaction can be in two blocks, when it reached two clusters of collection nodes. It runs in the first of them; in the
// second its sequence number is used. Nodes tell the result of the one that they saw first, which need not be the one that
// ran first (flow-go `engine/access/rpc/backend/transactions`, `lookupSubmittedTransactionResult`). Signed anew for such a
// failure, it would happen twice.
extension TransactionFollower {
    /// The verdict on a sealed result.
    func verdict(_ attempt: SignedAttempt, _ result: TransactionResult) async throws(FlowError) -> Verdict {
        guard let failure = result.failure, failure.keepsSequenceNumber, let block = result.blockID else {
            return .sealed(result, attempt.id)
        }
        let last = try await insist { () throws(FlowError) in try await client.block(.id(block)).height }
        guard try await isUsed(attempt.transaction.proposalKey, failure, at: last) else {
            return .sealed(result, attempt.id)
        }
        var places: [UInt64] = []
        // It can be in no block up to the one that it refers to.
        for height in stride(from: attempt.referenceHeight.addingSaturated(1), through: last, by: 1) {
            places += try await insist { () throws(FlowError) in try await occurrences(attempt.id, at: height) }
        }
        guard places.count > 1 else { return try await former(attempt) ?? .sealed(result, attempt.id) }
        for height in Set(places).sorted() {
            guard let results = try await results(attempt.id, at: height) else {
                return .indeterminate(reason: "; it is in the blocks \(places), and what it did there cannot be read")
            }
            if let ran = results.first(where: { $0.failure?.keepsSequenceNumber != true }) {
                return .sealed(ran, attempt.id)
            }
        }
        return .sealed(result, attempt.id)
    }

    /// Whether somebody had used a key's number by the block in which a transaction failed before its body.
    ///
    /// A key that was revoked between two blocks makes the second inclusion fail by its signature.
    private func isUsed(
        _ key: ProposalKey, _ failure: ExecutionFailure, at height: UInt64
    ) async throws(FlowError) -> Bool {
        if failure.code == .invalidSequenceNumber { return failure.actualSequenceNumber ?? .max > key.sequenceNumber }
        return try await insist { () throws(FlowError) in
            try await client.key(key.keyIndex, of: key.address, at: .height(height)).sequenceNumber
        } > key.sequenceNumber
    }

    /// The verdict on a transaction that was signed for the intent before and had its effect after all; `nil` when there is
    /// none.
    func former(_ attempt: SignedAttempt) async throws(FlowError) -> Verdict? {
        for id in attempt.former {
            var answer = try await answer(id)
            while answer.isComing {
                try await client.sleep(configuration.pollInterval)
                answer = try await self.answer(id)
            }
            if let result = answer.result, result.isSealed, result.failure?.keepsSequenceNumber != true {
                return .sealed(result, id)
            }
        }
        return nil
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
