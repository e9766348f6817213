/// Keys, signing, and storing what was signed.
extension TransactionSender {
    /// Signs an intent's first transaction, or the one after `last`, and stores it, with a key that is taken for it.
    func sign(
        _ intent: TransactionIntent, _ content: IntentDigest, after last: SignedAttempt?
    ) async throws(FlowError) -> SignedAttempt {
        let lease = try await takeKey()
        let attempt: SignedAttempt
        do throws(FlowError) {
            let block = try await heights.block(.latestFinal, age: configuration.referenceAge)
            attempt = try await sign(intent, after: last, with: lease, reference: block)
        } catch {
            pool.release(lease, .next(lease.sequenceNumber))
            throw error
        }
        do throws(FlowError) {
            try await save(OutboxRecord(key: intent.key, content: content, state: .signed(attempt)))
        } catch {
            // What was stored in spite of the error will be sent one day: its number must stay its own.
            if try await isStored(attempt, for: intent.key) {
                active.leave(intent.key)
            } else {
                pool.release(lease, .next(lease.sequenceNumber))
            }
            throw error
        }
        return attempt
    }

    /// Takes a key; while there is none, follows what cancelled callers have left: their keys come back with it.
    private func takeKey() async throws(FlowError) -> KeyPool.Lease {
        if let lease = pool.takeAtOnce() { return lease }
        return try await followingWhatIsLeft { () throws(FlowError) in try await self.pool.take() }
    }

    /// Works on an intent, and meanwhile on what was left: nobody else might, as long as no caller has to wait for a key.
    func besideWhatIsLeft(
        _ work: @escaping @Sendable () async throws(FlowError) -> TransactionOutcome
    ) async throws(FlowError) -> TransactionOutcome {
        active.hasLeft ? try await followingWhatIsLeft(work) : try await work()
    }

    private func followingWhatIsLeft<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(FlowError) -> Value
    ) async throws(FlowError) -> Value {
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await work() }
                group.addTask {
                    await self.followLeft()
                    return nil
                }
                defer { group.cancelAll() }
                while let value = try await group.next() { if let value { return value } }
                throw CancellationError()
            }
        } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.closed, "the intent was cancelled", cause: error)
        }
    }

    /// Follows what was left on its way, one by one, until it is cancelled.
    private func followLeft() async {
        while let key = await active.nextLeft() {
            do throws(FlowError) { _ = try await follow(key) } catch {
                // It is nobody's until somebody ends it, and not to be tried again at once.
                active.leave(key)
                do throws(FlowError) { try await client.sleep(configuration.pollInterval) } catch { return }
            }
        }
    }

    /// Signs an intent's next transaction and stores it, with the key of the one before.
    ///
    /// That key is not given back in between. If it were, another transaction could use its sequence number, and after a
    /// crash just then nobody could tell any more that it was not the stored one which used it.
    func signAnew(
        _ intent: TransactionIntent, _ content: IntentDigest, after last: SignedAttempt, with hold: KeyHold?,
        _ use: KeyPool.Use
    ) async throws(FlowError) -> SignedAttempt {
        guard let lease = try await hold?.renew(use) else {
            // Nobody of this pool can use that key.
            return try await sign(intent, content, after: last)
        }
        return try await sign(intent, content, after: last, with: lease)
    }

    /// Signs an intent's next transaction with another key, if that of the last one was revoked.
    func signIfRevoked(
        _ intent: TransactionIntent, _ content: IntentDigest, after last: SignedAttempt, with hold: KeyHold?
    ) async throws(FlowError) -> SignedAttempt? {
        // Of a key that is not the pool's nothing is known, and it can sign nothing more.
        guard let hold, try await hold.isRevoked() else { return nil }
        return try await sign(intent, content, after: last)
    }

    private func sign(
        _ intent: TransactionIntent, _ content: IntentDigest, after last: SignedAttempt, with lease: KeyPool.Lease
    ) async throws(FlowError) -> SignedAttempt {
        var next: SignedAttempt?
        do throws(FlowError) {
            let attempt = try await sign(intent, after: last, with: lease, reference: try await referenceBlock())
            next = attempt
            try await save(OutboxRecord(key: intent.key, content: content, state: .signed(attempt)))
            return attempt
        } catch {
            // The key is held by what is stored: whoever follows that gives it back.
            let isStored = if let next { try await isStored(next, for: intent.key) } else { false }
            if !isStored { pool.hold(lease, as: last.transaction.proposalKey.sequenceNumber) }
            throw error
        }
    }

    /// The newest block to refer to, as soon as a node tells it: an intent on its way is not left for trouble that passes,
    /// and the block that was referred to last may be what was too old.
    private func referenceBlock() async throws(FlowError) -> FlowBlock {
        while true {
            do throws(FlowError) { return try await heights.block(.latestFinal, age: .zero) } catch {
                if Task.isCancelled { throw FlowError(.closed, "signing anew was cancelled", cause: error) }
                try await client.sleep(configuration.pollInterval)
            }
        }
    }

    private func sign(
        _ intent: TransactionIntent, after last: SignedAttempt?, with lease: KeyPool.Lease, reference: FlowBlock
    ) async throws(FlowError) -> SignedAttempt {
        var transaction = FlowTransaction(
            script: intent.script, encodedArguments: intent.arguments, referenceBlockID: reference.id,
            gasLimit: intent.gasLimit,
            proposalKey: ProposalKey(
                address: pool.address, keyIndex: lease.keyIndex, sequenceNumber: lease.sequenceNumber),
            payer: roles.payer, authorizers: roles.authorizers)
        try await roles.sign(&transaction, proposer: pool.signer)
        return SignedAttempt(
            transaction: transaction, referenceHeight: reference.height, number: (last?.number ?? 0) + 1,
            former: last.map { $0.former + [$0.id] } ?? [])
    }

    /// Whether the storage has an attempt; asks until it answers.
    private func isStored(_ attempt: SignedAttempt, for key: String) async throws(FlowError) -> Bool {
        while true {
            do {
                return try await storage.record(key)?.state == .signed(attempt)
            } catch {
                // Cancelled, the attempt's key stays taken.
                if Task.isCancelled {
                    throw FlowError(.closed, "the storage does not answer", cause: error)
                }
                try await client.sleep(configuration.pollInterval)
            }
        }
    }
}
